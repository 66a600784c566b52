// What a simulated device reports without being asked (Send, LwM2M Core 1.1.1 s6.4): it measures
// all that its fleet plans at regular times, and sends the records it has since the last time as
// one pack. A record stays until the server took or refused it, or a newer one needs its room.

import { Code, OptionNumber } from '../core/coap/message.ts';
import type { Outcome } from '../core/coap/exchange.ts';
import { stringOptionOf } from '../core/coap/options.ts';
import { ContentFormat, encodePayload } from '../core/lwm2m/content-format.ts';
import { pathOf, type Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import { Alarm } from './alarm.ts';
import type { SimulatedDevice } from './device.ts';
import { formatOption, onSilence } from './notifications.ts';
import type { SendPlan } from './scenario/model.ts';

/** How a device sends, and what. */
export interface SendOptions extends SendPlan {
  readonly paths: readonly Path[];
}

const FORMATS = {
  'senml-cbor': ContentFormat.SENML_CBOR, 'senml-json': ContentFormat.SENML_JSON,
} as const;
const TOKEN_LENGTH = 8;
const DATA_PUSH = stringOptionOf(OptionNumber.URI_PATH, 'dp');
const MUTE = pathOf([1, 0, 23]);
const CLIENT_ERROR = 4;

/** All that was measured at one moment. */
type Measured = readonly Entry[];

export class Sending {
  /** Records that the server took, that it refused, and that newer ones drove out. */
  acknowledged = 0;
  refused = 0;
  dropped = 0;
  readonly #device: SimulatedDevice;
  readonly #options: SendOptions;
  readonly #alarm = new Alarm<Sending>(this, Sending.#onMeasureDue);
  /** The oldest first. */
  #records: Measured[] = [];
  /** Measurements until the next Send. */
  #wait: number;
  #isUnderWay = false;

  constructor(device: SimulatedDevice, options: SendOptions) {
    this.#device = device;
    this.#options = options;
    this.#wait = options.keep;
  }

  start(): void {
    const { every, keep } = this.#options;
    this.#device.setAlarm(this.#alarm, Math.max(1, Math.round(every / keep)));
  }

  /** What was not sent is forgotten. */
  stop(): void {
    this.#device.clearAlarm(this.#alarm);
    this.#records = [];
    this.#wait = this.#options.keep;
  }

  static #onMeasureDue(sending: Sending): void {
    sending.start();
    sending.#measure();
    sending.#wait--;
    if (sending.#wait > 0) return;
    sending.#wait = sending.#options.keep;
    sending.#send();
  }

  #measure(): void {
    const device = this.#device;
    const time = device.now();
    this.#records.push(this.#options.paths.flatMap((path) => device.entriesAt(path))
      .map((entry) => ({ ...entry, time })));
    if (this.#records.length <= this.#options.keep) return;
    this.#records.shift();
    this.dropped++;
  }

  #send(): void {
    const device = this.#device;
    if (!device.isRegistered || this.#isUnderWay || isMuted(device)) return;
    const records = [...this.#records];
    const entries = records.flat();
    const format = FORMATS[this.#options.format];
    const encoded = encodePayload(format, undefined, entries);
    if (!encoded.ok) return this.#onRefused(records);
    const token = device.random.bytes(TOKEN_LENGTH);
    const payload = encoded.value;
    device.say({ token, payload, entries });
    this.#isUnderWay = true;
    device.layer.messages.request(device, {
      code: Code.POST, token, options: [DATA_PUSH, formatOption(format)], payload,
    }, (outcome) => this.#onEnded(records, outcome));
  }

  #onEnded(records: readonly Measured[], outcome: Outcome): void {
    this.#isUnderWay = false;
    const code = outcome.kind === 'response' ? outcome.message.code : undefined;
    if (code === Code.CHANGED) {
      this.acknowledged += records.length;
      this.#forget(records);
      this.#device.closeAfterAck();
    } else if (outcome.kind === 'refused' || (code !== undefined && code >> 5 === CLIENT_ERROR)) {
      this.#onRefused(records);
    } else if (outcome.kind === 'unanswered') {
      onSilence(this.#device);
    }
  }

  /** Sent once more they would be refused once more. */
  #onRefused(records: readonly Measured[]): void {
    this.refused += records.length;
    this.#forget(records);
  }

  #forget(records: readonly Measured[]): void {
    this.#records = this.#records.filter((one) => !records.includes(one));
  }
}

/** LwM2M Core 1.1.1 E.2: a server may ask for silence. */
function isMuted(device: SimulatedDevice): boolean {
  const value = device.entriesAt(MUTE)[0]?.value;
  return value?.type === 'boolean' && value.value;
}

export function sendingOf(device: SimulatedDevice, options: SendOptions): Sending {
  const own = device.ownState();
  own.sending ??= new Sending(device, options);
  return own.sending;
}
