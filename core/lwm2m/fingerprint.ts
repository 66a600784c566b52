// What a Register's shape tells of the client behind it, where its conduct differs from the
// standard's default. Guesses from recorded behaviour, no specification: a profile overrules them.

import type { Milliseconds } from '../ports.ts';
import type { RegisterCommand } from './registration.ts';

/** What the guess looks at: known at the Register and again after a restart. */
export type Shape = Pick<RegisterCommand, 'endpoint' | 'lwm2mVersion' | 'queueMode' | 'objects'>;

/** Zephyr's engine, nRF91 included, closes its window 20 to 30 s after its last message. */
const ZEPHYR_AWAKE_WINDOW: Milliseconds = 25_000;

/**
 * How long this client listens after its last message; undefined when nothing speaks against the
 * default of MAX_TRANSMIT_WAIT, 93 s (LwM2M Transport 1.1.1 s6.5), or it never sleeps.
 */
export function awakeWindowOf(register: Shape): Milliseconds | undefined {
  return register.queueMode && isZephyr(register) ? ZEPHYR_AWAKE_WINDOW : undefined;
}

function isZephyr({ endpoint, lwm2mVersion, objects }: Shape): boolean {
  // The nRF91 library names itself so unless told otherwise.
  if (/^nrf-\d{15}$/.test(endpoint)) return true;
  // With 1.1 the list begins with a root link that has `ct` but no `rt`; no other client does so.
  if (lwm2mVersion === '1.1') return /^<\/>;ct=\d+,/.test(objects.source);
  // It speaks no 1.2.
  if (lwm2mVersion === '1.2') return false;
  // With 1.0 it is bare links in the order the firmware made the objects, Device before Server;
  // Anjay, Wakaama and Leshan list objects in the order of their ids.
  const device = objects.objects.findIndex(({ object }) => object === 3);
  const server = objects.objects.findIndex(({ object }) => object === 1);
  return !objects.source.includes(';') && device !== -1 && device < server;
}

/** Zephyr disables a server account this long after any answer to Register but 2.01. */
const ZEPHYR_RETRY: Milliseconds = 1_235_000;

/** When a refused client is known to try again; undefined when its kind does not tell. */
export function retryAfter(register: Shape): Milliseconds | undefined {
  return isZephyr(register) ? ZEPHYR_RETRY : undefined;
}
