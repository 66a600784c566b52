// Values from the device to the disk: whatever is stored was said by the device, of that path, in
// a message that reached the server at that time, and has that time; of a message all is stored or
// nothing. What a device means it tells by itself, so that a mistake of the codecs, which it shares
// with the server, shows like any other. A payload that arrives as nobody sent it is not judged.

import { blockOf, offsetOf } from '../../core/coap/block.ts';
import { decodeMessage } from '../../core/coap/codec.ts';
import { OptionNumber } from '../../core/coap/message.ts';
import { definedType } from '../../core/lwm2m/conversion.ts';
import { formatPath, isWithin, type Path } from '../../core/lwm2m/path.ts';
import type { Entry, Value } from '../../core/lwm2m/value.ts';
import type { Milliseconds, Ticket } from '../../core/ports.ts';
import type { Change, TelemetryRow } from '../../core/store/changes.ts';
import { pathOfRow } from '../../core/store/row-path.ts';
import type { SimulatedDevice } from '../device.ts';
import type { SaidContent } from '../observer.ts';
import type { Passing } from '../passing.ts';
import type { World } from '../world.ts';
import { CONTENT, EXCHANGE_LIFETIME, hasToken, isDamaging, isSend } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { PerDevice } from './per-device.ts';
import { letGo } from './recent.ts';

/** One message of a device. */
interface Said {
  readonly at: Milliseconds;
  readonly content: SaidContent;
  /** When the server heard it; NaN before. Most are heard once, and need no list for it. */
  heardAt: Milliseconds;
  heardAgainAt: Milliseconds[] | undefined;
  /** Those of its values that are on the disk; undefined while none is, or when it has but one. */
  stored: Set<Entry> | undefined;
}

/** What one device said lately. */
class Words {
  /** The newest last. */
  readonly said: Said[] = [];
  /** What the server heard until then may be of messages that are not known. */
  unknownUntil: Milliseconds = -Infinity;
}

/** Messages remembered of one device. */
const SAID_MAX = 64;
/** What came so long ago is on the disk, or never comes there, also the rest of a long value. */
const QUIET_AFTER: Milliseconds = 3_600_000;

export class ValueOracle extends Findings implements Oracle {
  readonly #world: World;
  readonly #words: PerDevice<Words>;

  constructor(world: World) {
    super('values');
    this.#world = world;
    this.#words = new PerDevice(world, () => new Words(), new Words());
  }

  server(): void {
    this.#words.forgetRows();
  }

  said(at: Milliseconds, device: SimulatedDevice, content: SaidContent): void {
    const words = this.#words.getOrMake(device);
    const { said } = words;
    forgetOver(words, at);
    if (said.length === SAID_MAX) forgetOldest(words);
    said.push({ at, content, heardAt: NaN, heardAgainAt: undefined, stored: undefined });
  }

  serverHeard({ at, device, code, datagram }: Passing): void {
    if (code !== CONTENT && !isSend(code, datagram)) return;
    const words = this.#words.getOrMake(device);
    const { said } = words;
    for (let index = said.length - 1; index >= 0; index--) {
      const one = said[index] as Said;
      if (!isOf(datagram, one.content)) continue;
      if (Number.isNaN(one.heardAt)) one.heardAt = at;
      else (one.heardAgainAt ??= []).push(at);
      return;
    }
    const last = lastBlockOf(datagram, code);
    // Of a part nothing is stored.
    if (last === 'more') return;
    let isKnown = false;
    for (const one of said) {
      if (last === undefined || !endsIn(one.content.payload, last)) continue;
      isKnown = true;
      if (Number.isNaN(one.heardAt)) one.heardAt = at;
      else (one.heardAgainAt ??= []).push(at);
    }
    // Of a body in blocks it may have damaged any, and this one is not to tell.
    if (!isKnown || isDamaging(device)) words.unknownUntil = at;
  }

  committed(at: Milliseconds, _: Ticket, changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.table === 'resource') this.#onStored(at, change.row);
    }
    // One message is one part of a commit.
    for (const change of changes) {
      if (change.table === 'resource') this.#judgeWhole(at, change.row);
    }
  }

  /** A device that falls silent is not to hold what is over. */
  judge(at: Milliseconds): void {
    const isAllWritten = this.#world.backlog === 0;
    this.#words.hush((words) => {
      forgetOver(words, at);
      letGo(words.said);
      return isAllWritten && words.said.length === 0 && at - words.unknownUntil > QUIET_AFTER;
    });
  }

  #onStored(at: Milliseconds, row: TelemetryRow): void {
    const words = this.#words.ofRow(row.device);
    if (words === undefined || row.receiveTime <= words.unknownUntil) return;
    let meant: Entry | undefined;
    let isRight = false;
    let isTimed = false;
    for (let index = words.said.length - 1; index >= 0; index--) {
      const one = words.said[index] as Said;
      if (!wasHeardAt(one, row.receiveTime)) continue;
      const { entries } = one.content;
      for (const entry of entries) {
        if (!isAt(entry.path, row) || (entry.time ?? row.deviceTime) !== row.deviceTime) continue;
        isTimed ||= entry.time !== undefined;
        meant = entry;
        if (entries.length > 1) (one.stored ??= new Set()).add(entry);
        isRight ||= isSameValue(entry.value, row.value) || !isOfItsType(entry);
      }
    }
    // What is said without a time is of the moment it came.
    if (isRight && !isTimed && row.deviceTime !== row.receiveTime) {
      this.report(at, `${this.#endpointOf(row)}: ${formatPath(pathOfRow(row))} is stored `
        + `with a time ${row.deviceTime - row.receiveTime} ms after it came`);
    }
    if (isRight) return;
    const [kept, said] = meant === undefined ? [wordsOf(row.value), undefined]
      : apart(row.value, meant.value);
    this.report(at, `${this.#endpointOf(row)}: ${formatPath(pathOfRow(row))} is stored as `
      + `${kept}, and the device said ${said ?? 'nothing of it then'}`);
  }

  #judgeWhole(at: Milliseconds, row: TelemetryRow): void {
    const { receiveTime } = row;
    const words = this.#words.ofRow(row.device);
    for (const one of words?.said ?? []) {
      const { stored, content: { entries } } = one;
      if (stored === undefined || stored.size === entries.length) continue;
      if (!wasHeardAt(one, receiveTime) || isMixed(words as Words, one, receiveTime)) continue;
      this.report(at, `${this.#endpointOf(row)}: of ${entries.length} values in one `
        + `message ${stored.size} are stored`);
      // Once is enough.
      for (const entry of entries) stored.add(entry);
    }
  }

  #endpointOf({ device }: TelemetryRow): string {
    return this.#world.disk.devices.get(device)?.endpoint ?? '';
  }
}

function forgetOver(words: Words, now: Milliseconds): void {
  while (now - (words.said[0]?.at ?? Infinity) >= EXCHANGE_LIFETIME) forgetOldest(words);
}

function forgetOldest(words: Words): void {
  const oldest = words.said.shift();
  const heardAt = oldest?.heardAgainAt?.at(-1) ?? oldest?.heardAt ?? -Infinity;
  if (heardAt > words.unknownUntil) words.unknownUntil = heardAt;
}

function wasHeardAt({ heardAt, heardAgainAt }: Said, at: Milliseconds): boolean {
  return heardAt === at || heardAgainAt?.includes(at) === true;
}

/** Another message heard in the same millisecond has one of its paths: whose is what is stored? */
function isMixed({ said }: Words, one: Said, at: Milliseconds): boolean {
  return said.some((other) => other !== one && wasHeardAt(other, at)
    && other.content.entries.some((a) => (
      one.content.entries.some((b) => isWithin(a.path, b.path) && isWithin(b.path, a.path))
    )));
}

/** The same token, and the payload at its end. */
function isOf(datagram: Uint8Array, { token, payload }: SaidContent): boolean {
  if (!hasToken(datagram, token)) return false;
  const from = datagram.length - payload.length;
  for (let index = 0; index < payload.length; index++) {
    if (datagram[from + index] !== payload[index]) return false;
  }
  return true;
}

interface LastBlock {
  readonly offset: number;
  readonly payload: Uint8Array;
}

/** Undefined for what is no block (RFC 7959 s2.2); `more` for one that others follow. */
function lastBlockOf(datagram: Uint8Array, code: number): LastBlock | 'more' | undefined {
  const message = decodeMessage(datagram);
  const number = code === CONTENT ? OptionNumber.BLOCK2 : OptionNumber.BLOCK1;
  const block = message.ok ? blockOf(message.value, number) : undefined;
  if (!message.ok || typeof block !== 'object') return undefined;
  return block.more ? 'more' : { offset: offsetOf(block), payload: message.value.payload };
}

/** Other payloads may end alike; any of them may be meant. */
function endsIn(payload: Uint8Array, { offset, payload: end }: LastBlock): boolean {
  if (payload.length !== offset + end.length) return false;
  return end.every((byte, index) => payload[offset + index] === byte);
}

function isAt(path: Path, row: TelemetryRow): boolean {
  return path.resource === row.resource && path.instance === row.instance
    && path.object === row.object && (path.resourceInstance ?? -1) === row.resourceInstance;
}

/** A text where a number belongs looks like anything once it is read as its definition says. */
export function isOfItsType({ path, value }: Entry): boolean {
  const type = definedType(path);
  return type === undefined || type === value.type;
}

/** Formats may tell an integer as a float; the number is the same. */
export function isSameValue(a: Value, b: Value): boolean {
  if (a.type !== b.type && !(isNumber(a) && isNumber(b))) return false;
  if ('value' in a && 'value' in b && a.value === b.value) return true;
  return wordsOf(a) === wordsOf(b);
}

function isNumber({ type }: Value): boolean {
  return type === 'integer' || type === 'unsigned' || type === 'float' || type === 'time';
}

/** Two values in words that differ, as the values do. */
function apart(a: Value, b: Value): [string, string] {
  const words: [string, string] = [wordsOf(a), wordsOf(b)];
  return words[0] === words[1] ? [`${a.type} ${words[0]}`, `${b.type} ${words[1]}`] : words;
}

export function wordsOf(value: Value): string {
  return 'value' in value ? String(value.value) : `${value.object}:${value.instance}`;
}
