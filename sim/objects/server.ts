// The server object (LwM2M Core 1.1.1 E.2): a lifetime that is written is used at once, and a
// server may ask for an Update.

import { Code } from '../../core/coap/message.ts';
import type { Seconds } from '../../core/ports.ts';
import { update } from '../registration.ts';
import type { Executions, Writings } from './object.ts';

const LIFETIME = '/1/0/1';
/** A shorter one only expires, and 0, which never ends, is for devices that say nothing. */
const LIFETIME_LEAST: Seconds = 10;
const LIFETIME_MOST: Seconds = 0x7fff_ffff;

export const serverWritings: Writings = {
  [LIFETIME]: {
    refusal: (_, value) => value.type === 'integer' && value.value >= LIFETIME_LEAST
      && value.value <= LIFETIME_MOST ? undefined : Code.BAD_REQUEST,
    onWritten: (device, value) => {
      if (value.type !== 'integer') return;
      const own = device.ownState();
      own.written.set(LIFETIME, () => value);
      own.lifetime = Number(value.value);
      update(device);
    },
  },
};

export const serverExecutions: Executions = {
  '/1/0/8': { onExecuted: (device) => update(device) },
};
