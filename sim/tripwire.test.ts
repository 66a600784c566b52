// What is ambient throws under the tripwire and works again after it.

import {
  createDiffieHellman, createECDH, createHash, DiffieHellman, DiffieHellmanGroup, ECDH,
  getDiffieHellman, getRandomValues, randomBytes, randomInt,
} from 'node:crypto';
import { hrtime } from 'node:process';
import { setImmediate as later } from 'node:timers';
import { scheduler } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NO_BYTES } from '../core/coap/message.ts';
import { readCertificate } from '../core/io/certificate.ts';
import { SeededRandom } from './random.ts';
import { certifiedAs } from './server-proofs.ts';
import { underTripwire } from './tripwire.ts';

const DAY = new Date(0);
const CURVE = createECDH('prime256v1');
const GROUP = getDiffieHellman('modp1');
const EVENT = new Event('heard');

describe('under the tripwire', () => {
  it.each<[string, () => unknown]>([
    ['Date.now', () => Date.now()],
    ['Date', () => new Date()],
    ['Date', () => Date()],
    ['Date', () => new Date(2026, 0, 1)],
    ['Date', () => new (DAY.constructor as DateConstructor)()],
    ['Date.prototype.toLocaleString', () => DAY.toLocaleString()],
    ['Date.prototype.toLocaleDateString', () => DAY.toLocaleDateString('en')],
    ['Date.prototype.getHours', () => DAY.getHours()],
    ['Date.prototype.toString', () => `${DAY as unknown as string}`],
    ['Number.prototype.toLocaleString', () => (1e6).toLocaleString()],
    ['BigInt.prototype.toLocaleString', () => 5n.toLocaleString()],
    ['String.prototype.localeCompare', () => 'a'.localeCompare('b')],
    ['Intl.DateTimeFormat', () => new Intl.DateTimeFormat()],
    ['Math.random', () => Math.random()],
    ['performance.now', () => performance.now()],
    ['process.hrtime', () => process.hrtime()],
    ['process.hrtime', () => hrtime()],
    ['process.hrtime.bigint', () => process.hrtime.bigint()],
    ['process.hrtime.bigint', () => hrtime.bigint()],
    ['process.uptime', () => process.uptime()],
    ['process.nextTick', () => process.nextTick(() => undefined)],
    ['globalThis.setTimeout', () => setTimeout(() => undefined, 0)],
    ['globalThis.queueMicrotask', () => queueMicrotask(() => undefined)],
    ['node:timers.setImmediate', () => later(() => undefined)],
    ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
    ['crypto.getRandomValues', () => getRandomValues(new Uint8Array(1))],
    ['crypto.randomUUID', () => crypto.randomUUID()],
    ['node:crypto.randomBytes', () => randomBytes(1)],
    ['node:crypto.randomInt', () => randomInt(5)],
    ['node:crypto.ECDH.prototype.generateKeys', () => CURVE.generateKeys()],
    ['node:crypto.DiffieHellmanGroup.prototype.generateKeys', () => GROUP.generateKeys()],
    ['node:crypto.createDiffieHellman', () => createDiffieHellman(GROUP.getPrime())],
    ['Performance.prototype.timeOrigin', () => performance.timeOrigin],
    ['performance.toJSON', () => performance.toJSON()],
    ['Event.prototype.timeStamp', () => EVENT.timeStamp],
    ['AbortSignal.timeout', () => AbortSignal.timeout(0)],
    ['node:timers/promises.scheduler.wait', () => scheduler.wait(0)],
    ['Date.prototype.setHours', () => new Date(0).setHours(1)],
    ['Date.prototype.setFullYear', () => new Date(0).setFullYear(2026)],
    ['Intl.ListFormat', () => new Intl.ListFormat()],
    ['Intl.Segmenter', () => new Intl.Segmenter()],
  ])('%s throws', (name, use) => {
    expect(() => underTripwire(use)).toThrow(`a run in virtual time used ${name}`);
    expect(use).not.toThrow();
  });

  it('the result of the run comes back, and dates of given times are dates', () => {
    expect(underTripwire(() => new Date(0).getTime() + 1)).toBe(1);
    expect(underTripwire(() => new Date(0).toISOString())).toBe('1970-01-01T00:00:00.000Z');
  });

  it('certificates are made and read, by the times that are given', () => {
    const [own = NO_BYTES] = underTripwire(() => certifiedAs('meter-1', new SeededRandom(1))).chain;
    const read = () => {
      const certificate = readCertificate(own);
      return certificate.ok ? certificate.value.facts : certificate.reason;
    };
    expect(underTripwire(read)).toEqual(read());
    expect(read()).toMatchObject({ commonName: 'meter-1' });
    expect(() => underTripwire(() => new Date())).toThrow();
  });

  it('what is made of what was given is allowed', () => {
    expect(underTripwire(() => createHash('sha256').update('a').digest('hex').slice(0, 8)))
      .toBe('ca978112');
  });

  it('a word on the console does no harm', () => {
    const listener = (): void => undefined;
    // A stream calls back in a later turn.
    expect(() => underTripwire(() => process.stderr.write('', listener))).not.toThrow();
  });

  it('everything is as before when it ends', () => {
    const names = (owner: object) => Object.getOwnPropertyDescriptors(owner);
    const owners = [
      globalThis, Date, Date.prototype, Number.prototype, process, crypto, Intl, performance,
      Performance.prototype, Event.prototype, AbortSignal, scheduler, ECDH.prototype,
      DiffieHellman.prototype, DiffieHellmanGroup.prototype,
    ];
    const before = owners.map(names);
    expect(() => underTripwire(() => process.uptime())).toThrow();
    expect(owners.map(names)).toEqual(before);
    expect(new Date().constructor).toBe(Date);
  });
});
