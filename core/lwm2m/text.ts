// A single value as plain text (LwM2M Core 1.1.1 s7.4.1, appendix C), content format 0, or as bare
// bytes (s7.4.2), content format 42. Which type the text stands for is not in it: conversion.ts.

import { decodeUtf8, encodeUtf8, toBase64 } from '../bytes.ts';
import { fail, ok, unreachable, type Result } from '../result.ts';
import { formatDecimal } from './conversion.ts';
import type { Value } from './value.ts';

export function decodeText(payload: Uint8Array): Result<Value> {
  const text = decodeUtf8(payload);
  return text === undefined ? fail('is not UTF-8') : ok({ type: 'string', value: text });
}

export function encodeText(value: Value): Result<Uint8Array> {
  if (value.type === 'float' && !Number.isFinite(value.value)) {
    return fail(`has no number for ${value.value}`);
  }
  return ok(encodeUtf8(formatText(value)));
}

/** The value is a copy: it outlives the datagram. */
export function decodeOpaque(payload: Uint8Array): Result<Value> {
  return ok({ type: 'opaque', value: payload.slice() });
}

export function encodeOpaque(value: Value): Result<Uint8Array> {
  return value.type === 'opaque' ? ok(value.value) : fail(`has no form for ${value.type}`);
}

export function formatText(value: Value): string {
  switch (value.type) {
    case 'string':
    case 'corelnk':
      return value.value;
    case 'integer':
    case 'unsigned':
    case 'time':
      return String(value.value);
    case 'float':
      return formatDecimal(value.value);
    case 'boolean':
      return value.value ? '1' : '0';
    case 'opaque':
      return toBase64(value.value);
    case 'objlnk':
      return `${value.object}:${value.instance}`;
    default:
      return unreachable(value);
  }
}
