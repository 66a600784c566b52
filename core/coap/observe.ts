// Observation by the client's side of RFC 7641: which of two notifications is newer, and whether
// a notification is the last. Tokens and who observes what are kept by the sessions.

import type { Milliseconds } from '../ports.ts';
import type { Message } from './message.ts';
import { observe } from './options.ts';

/** RFC 7641 s3.4: sequence numbers have 24 bits and wrap. */
export const SEQUENCE_MODULUS = 2 ** 24;
const SEQUENCE_HALF = 2 ** 23;
/** RFC 7641 s3.4: after 128 seconds any number is newer, for it may have wrapped. */
export const REORDERING_SPAN: Milliseconds = 128_000;

/** RFC 7641 s2: what a GET asks with the Observe option. */
export const REGISTER = 0;
export const DEREGISTER = 1;

export interface Freshness {
  readonly sequence: number;
  /** When it was received. */
  readonly at: Milliseconds;
}

/** Whether a notification received at `now` is newer than the newest so far (RFC 7641 s3.4). */
export function isNewer(previous: Freshness, sequence: number, now: Milliseconds): boolean {
  if (now > previous.at + REORDERING_SPAN) return true;
  return isSequenceNewer(previous.sequence, sequence);
}

/** The comparison of s3.4 without time: V1 is `previous`, V2 is `sequence`. */
export function isSequenceNewer(previous: number, sequence: number): boolean {
  return previous < sequence
    ? sequence - previous < SEQUENCE_HALF
    : previous - sequence > SEQUENCE_HALF;
}

export function nextSequence(sequence: number): number {
  return (sequence + 1) % SEQUENCE_MODULUS;
}

/**
 * RFC 7641 s3.2, s4.2: an error code, or a success without the Observe option, is the last word;
 * the server has removed the client from its list of observers.
 */
export function endsObservation(notification: Message): boolean {
  return notification.code >> 5 !== 2 || observe(notification) === undefined;
}
