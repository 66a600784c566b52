// What a device's refusals of a content format teach until it registers anew.

import type { RequestContent } from '../core/coap/exchange.ts';
import { Code, type Message } from '../core/coap/message.ts';
import { accept, contentFormat } from '../core/coap/options.ts';
import type { Operation } from '../core/lwm2m/operation.ts';
import type { Device } from './device.ts';

/** 4.06 to our Accept, 4.15 from Anjay Lite: ask again without, once and for all. */
function mayChooseFormat(device: Device, { code }: Message): boolean {
  const isOfFormat = code === Code.NOT_ACCEPTABLE || code === Code.UNSUPPORTED_CONTENT_FORMAT;
  if (!isOfFormat || device.choosesFormat) return false;
  device.choosesFormat = true;
  return true;
}

/** What it refuses was our choice and not a person's, and there is another. */
export function isRefusedFormat(
  device: Device, operation: Operation, message: Message, content: RequestContent,
): boolean {
  return operation.format === undefined && isRefused(device, message, content);
}

/** It refuses the format of a request that we chose, and there is another. */
export function isRefused(device: Device, message: Message, content: RequestContent): boolean {
  if (contentFormat(content) !== undefined) return mayTryOther(device, message, content);
  return accept(content) !== undefined && mayChooseFormat(device, message);
}

/** 4.15 to the format we wrote in: another, until it registers anew; false when none is left. */
function mayTryOther(device: Device, message: Message, content: RequestContent): boolean {
  const format = contentFormat(content);
  if (message.code !== Code.UNSUPPORTED_CONTENT_FORMAT || format === undefined) return false;
  if (device.unwritable.includes(format)) return false;
  device.unwritable = [...device.unwritable, format];
  return true;
}
