// An operation as a story that needs no knowledge of who the device is: what is done, and what must
// come of it. virtual.ts plays it with a simulated device in virtual time, real.ts with a foreign
// client over UDP; both devices hold what tree.ts says.

import assert from 'node:assert/strict';
import { parseLinks } from '../../core/lwm2m/link-format.ts';
import type { Wish } from '../../core/lwm2m/operation.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { unreachable } from '../../core/result.ts';

/** By path; bytes in hex, times in milliseconds, links to objects like 3303:0. */
export type Values = Readonly<Record<string, string | number | boolean | null>>;

export interface Story {
  readonly operation: string;
  readonly steps: readonly Step[];
}

/** `values` is all that is stored of the device in this step; nothing if not given. */
export type Step = { readonly sentence: string; readonly values?: Values } & (
  | {
    readonly kind: 'ask'; readonly wish: Wish;
    /** The code of the answer, any of several, or the sentence that says why there is none. */
    readonly ends: string | readonly string[];
    /** Links of a Discover in any order, the path that a Create made. */
    readonly answer?: readonly string[];
    /** What the device says that it executed, like `/3/0/4 0='a'`. */
    readonly executed?: string;
  }
  /** Of an opaque value. */
  | {
    readonly kind: 'write file' | 'read file'; readonly path: string;
    readonly bytes: Uint8Array; readonly ends: string;
  }
  | { readonly kind: 'observe'; readonly target: string }
  | { readonly kind: 'observe in vain'; readonly target: string; readonly reason: string }
  /** By a request (Observe 1). */
  | { readonly kind: 'cancel'; readonly target: string }
  /** The server no longer knows the device, and resets what it then notifies (RFC 7641 s3.6). */
  | { readonly kind: 'reset'; readonly celsius: number }
  | { readonly kind: 'change'; readonly celsius: number }
  | { readonly kind: 'send'; readonly path: string; readonly ends: string }
);

/** A Send tells so many records of one path: one a second, from 0 on each a quarter more. */
export const RECORDS = 1_000;

export interface Ended {
  /** As a step's `ends`. */
  readonly with: string;
  readonly answer: string;
}

/** The device, as far as it is told to do something or asked what it knows. */
export interface Operated {
  /** /3303/0/5700. */
  setTemperature(celsius: number): Promise<void>;
  /** Resolves when the server has answered: all that was said before has arrived. */
  update(): Promise<void>;
  /** Asks for an update that the server does not know of; resolves when it is registered again. */
  registerAnew(): Promise<void>;
  /** Observations it keeps. */
  observers(): Promise<number>;
  /** What it executed last. */
  executed(): Promise<string>;
  /** Tells RECORDS of this path; resolves with the time of the first and the code of the answer. */
  send(path: string): Promise<{ readonly since: Milliseconds; readonly code: string }>;
}

export interface Session {
  readonly observing: readonly string[];
  readonly notObserving: readonly { readonly path: string; readonly reason: string }[];
}

export interface Stage {
  readonly device: Operated;
  ask(wish: Wish): Promise<Ended>;
  writeFile(path: string, bytes: Uint8Array): Promise<Ended>;
  /** Bytes when there are any. */
  readFile(path: string): Promise<Ended & { readonly bytes: Uint8Array | undefined }>;
  setObserved(target: string, observed: boolean): Promise<void>;
  session(): Promise<Session>;
  forget(): Promise<void>;
  /** The newest value of each path that was stored after this one. */
  stored(since: number): Promise<{ readonly values: Values; readonly sequence: number }>;
  /** Times and numbers that are stored of the path, as many as a Send tells. */
  history(
    path: string, since: Milliseconds,
  ): Promise<readonly (readonly [time: Milliseconds, number: number])[]>;
  /** Lets time pass until the probe gives something. */
  until<Found>(
    what: string, probe: () => Promise<Found | undefined>, known?: () => string,
  ): Promise<Found>;
}

export async function play(step: Step, stage: Stage): Promise<void> {
  const { sequence } = await stage.stored(0);
  await carryOut(step, stage);
  // Its history went with the device.
  if (step.kind === 'reset') return;
  const expected = step.values ?? {};
  let values: Values = {};
  await stage.until(`stored: ${shortened(expected)}`, async () => {
    ({ values } = await stage.stored(sequence));
    return Object.keys(expected).every((path) => values[path] === expected[path]) || undefined;
  }, () => `Stored was: ${shortened(values)}`);
  if (step.kind === 'change') {
    await stage.device.update();
    ({ values } = await stage.stored(sequence));
  }
  assert.deepEqual(values, expected);
}

async function carryOut(step: Step, stage: Stage): Promise<void> {
  const { device } = stage;
  switch (step.kind) {
    case 'ask':
      return ask(step, stage);
    case 'write file':
      return assert.equal((await stage.writeFile(step.path, step.bytes)).with, step.ends);
    case 'read file': {
      const { with: end, bytes = new Uint8Array(0) } = await stage.readFile(step.path);
      assert.equal(end, step.ends);
      return assert.equal(Buffer.compare(bytes, step.bytes), 0, 'the very bytes');
    }
    case 'observe':
      await stage.setObserved(step.target, true);
      await observing(stage, step.target, true);
      return observers(stage, 1);
    case 'observe in vain':
      await stage.setObserved(step.target, true);
      await stage.until(`${step.target} is refused: ${step.reason}`, async () => {
        const { notObserving } = await stage.session();
        return notObserving.some(({ path, reason }) => (
          path === step.target && reason === step.reason)) || undefined;
      });
      return stage.setObserved(step.target, false);
    case 'cancel':
      await stage.setObserved(step.target, false);
      await observing(stage, step.target, false);
      return observers(stage, 0);
    case 'reset':
      await stage.forget();
      await device.setTemperature(step.celsius);
      await observers(stage, 0);
      return device.registerAnew();
    case 'change':
      return device.setTemperature(step.celsius);
    case 'send': {
      const { since, code } = await device.send(step.path);
      assert.equal(code, step.ends);
      const records = Array.from({ length: RECORDS }, (_, index) => (
        [since + index * 1_000, index / 4]));
      return assert.deepEqual(await stage.history(step.path, since),
        code === '2.04' ? records : []);
    }
    default:
      return unreachable(step);
  }
}

async function ask(step: Step & { kind: 'ask' }, stage: Stage): Promise<void> {
  const ended = await stage.ask(step.wish);
  const expected = [step.ends].flat();
  assert.ok(expected.includes(ended.with), `${ended.with} and not ${expected.join(' or ')}`);
  const { answer, executed } = step;
  if (answer !== undefined) assert.deepEqual(linesOf(ended.answer), [...answer].sort());
  if (executed !== undefined) assert.equal(await stage.device.executed(), executed);
}

/** Links with their attributes in one order; what is no list of links is one line. */
function linesOf(answer: string): string[] {
  const links = parseLinks(answer);
  if (!links.ok) return [answer];
  return links.value.map(({ target, attributes }) => [
    target, ...attributes.map(({ name, value }) => value === undefined ? name : `${name}=${value}`)
      .sort(),
  ].join(';')).sort();
}

async function observing(stage: Stage, target: string, expected: boolean): Promise<void> {
  let session: Session | undefined;
  await stage.until(`${target} is ${expected ? '' : 'not '}observed`, async () => {
    session = await stage.session();
    return session.observing.includes(target) === expected || undefined;
  }, () => JSON.stringify(session));
}

async function observers(stage: Stage, expected: number): Promise<void> {
  let count = 0;
  await stage.until(`the device keeps ${expected} observations`, async () => {
    count = await stage.device.observers();
    return count === expected || undefined;
  }, () => `It keeps ${count}`);
}

/** What a step's `ends` says of an operation that ended so. */
export function endOf(outcome: string): string {
  return /^the device answered (\d\.\d\d)/.exec(outcome)?.[1] ?? outcome;
}

function shortened(values: Values): string {
  return JSON.stringify(values, (_, value: unknown) => (
    typeof value === 'string' && value.length > 80 ? `${value.slice(0, 80)}...` : value));
}
