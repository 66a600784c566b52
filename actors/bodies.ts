// Bodies of operations that are too long for memory, on the disk and within limits: one that is to
// be written stays until its operation has ended, one that was read until its time is over or
// others need the room. Which operation has which is found again at a start by their names.

import { BLOCK_SIZE_MAX } from '../core/coap/block.ts';
import { type BodySink, type BodySource, longerThan } from '../core/coap/body.ts';
import { NO_BYTES } from '../core/coap/message.ts';
import { toHex } from '../core/bytes.ts';
import type { Upload } from '../core/api/management.ts';
import { wishOf } from '../core/lwm2m/operation.ts';
import type {
  BodyFiles, Clock, Milliseconds, Random, StoredBody, Task, Timer,
} from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { OperationRow } from '../core/store/changes.ts';
import type { Limits } from './config.ts';

/** For how long what was read can be fetched. */
export const READ_KEPT: Milliseconds = 3_600_000;
/** Counted for each beside its bytes: what an empty one takes on a disk. */
export const BODY_FILE_BYTES = 4_096;
/** Progress is told each so many bytes. */
const TOLD_BYTES = 65_536;

const GONE = 'went with its device, which was forgotten';

type Way = 'write' | 'read';

const NONE: ReadonlySet<HeldBody> = new Set();

/** `write-12-` and random, or `read-12-` and the operation; 12 is the device. */
const NAME = /^(write|read)-(\d+)-(\w+)$/;

/** One body on the disk. The message layer reads it, or adds to it, block by block. */
export class HeldBody implements BodySource, BodySink, Upload, Task {
  readonly name: string;
  readonly way: Way;
  readonly device: number;
  readonly lengthMax: number;
  readonly room = 0;
  length: number;
  isSealed: boolean;
  /** Undefined while no operation has it. */
  operation: number | undefined = undefined;
  told = 0;
  timer: Timer | undefined = undefined;
  readonly #owner: Bodies;
  #passed = 0;
  /** Its first bytes, once a request with them is about to leave. */
  #opening: Uint8Array | undefined = undefined;

  constructor(
    owner: Bodies, name: string, way: Way, device: number, lengthMax: number, stored?: StoredBody,
  ) {
    this.#owner = owner;
    this.name = name;
    this.way = way;
    this.device = device;
    this.lengthMax = lengthMax;
    this.length = stored?.length ?? 0;
    this.isSealed = stored !== undefined;
  }

  subarray(start: number, end: number): Uint8Array | undefined {
    this.#passed = Math.min(end, this.length);
    if (start > 0) this.rest();
    else if (this.#opening !== undefined) return this.#opening.subarray(0, end);
    return this.#whole(start, this.#passed);
  }

  /** Makes sure of what leaves first; false when the file is gone, or not what was brought. */
  prepare(): boolean {
    this.#opening = this.#whole(0, Math.min(BLOCK_SIZE_MAX, this.length));
    const last = Math.max(0, this.length - 1);
    return this.#opening !== undefined && this.#whole(last, this.length) !== undefined;
  }

  /** Nothing of it is about to leave. */
  rest(): void {
    this.#opening = undefined;
  }

  /** One that somebody cut short is not the one that was brought. */
  #whole(start: number, end: number): Uint8Array | undefined {
    const bytes = this.read(start, end);
    return bytes?.length === end - start ? bytes : undefined;
  }

  read(start: number, end: number): Uint8Array | undefined {
    return this.#owner.files.read(this.name, start, end);
  }

  append(block: Uint8Array): string | undefined {
    return this.#owner.append(this, block);
  }

  clear(): void {
    this.#owner.clear(this);
  }

  bytes(): Uint8Array {
    return NO_BYTES;
  }

  /** Bytes that have left, or have come. */
  get moved(): number {
    return this.way === 'write' ? this.#passed : this.length;
  }

  seal(done: (refusal: string | undefined) => void): void {
    this.#owner.seal(this, done);
  }

  drop(): void {
    this.#owner.drop(this);
  }

  release(): void {
    if (this.operation === undefined) this.drop();
  }

  /** What was read has been kept long enough. */
  onDue(): void {
    this.timer = undefined;
    this.drop();
  }
}

export class Bodies {
  readonly files: BodyFiles;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: Limits;
  /** The oldest first, as in each device's own set. */
  readonly #all = new Map<string, HeldBody>();
  readonly #byDevice = new Map<number, Set<HeldBody>>();
  readonly #byOperation = new Map<number, HeldBody>();
  #bytes = 0;

  constructor(files: BodyFiles, clock: Clock, random: Random, limits: Limits) {
    this.files = files;
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
    const stored = [...files.load()].sort((a, b) => a.at - b.at);
    for (const body of stored) this.#adopt(body);
  }

  /** What is on the disk, for tests of boundedness. */
  sizes(): { bodies: number; bodyBytes: number } {
    return { bodies: this.#all.size, bodyBytes: this.#bytes };
  }

  /** Ends a start: what no operation waits for is a left-over, but for what was read. */
  removeLeftovers(
    isOpen: (operation: number) => boolean, isKnown: (device: number) => boolean,
  ): void {
    for (const body of this.#all.values()) {
      const { operation, device } = body;
      // What was read for one that has not ended is read anew.
      const isNeeded = operation !== undefined && isOpen(operation) === (body.way === 'write');
      if (!isNeeded || !isKnown(device)) body.drop();
    }
  }

  /** One of so many bytes that people bring, to be written to a device. */
  upload(device: number, length: number): Result<HeldBody> {
    const { bodyBytesMax } = this.#limits;
    if (length > bodyBytesMax) return fail(`the file ${longerThan(bodyBytesMax)}`);
    return this.#begin('write', device, toHex(this.#random.bytes(8)), length);
  }

  /** Where a Read goes. */
  reading(device: number, operation: number): Result<HeldBody> {
    const begun = this.#begin('read', device, String(operation), 0);
    if (begun.ok) this.#assign(begun.value, operation);
    return begun;
  }

  /** A whole one that waits for an operation of this device. */
  isWaiting(name: string, device: number, length: number): boolean {
    const body = this.#all.get(name);
    return body?.isSealed === true && body.device === device && body.length === length
      && body.operation === undefined;
  }

  /** What the operation writes is its own from now on; at a start its file may be gone, or cut. */
  assign(row: OperationRow): void {
    const wish = row.kind === 'write' ? wishOf(row) : undefined;
    if (wish === undefined || !('file' in wish)) return;
    const body = this.#all.get(wish.file);
    if (body?.length === wish.length) this.#assign(body, row.id);
  }

  of(operation: number): HeldBody | undefined {
    return this.#byOperation.get(operation);
  }

  /** What is to be written; undefined when somebody removed it. */
  source(operation: number): BodySource | undefined {
    const body = this.#byOperation.get(operation);
    return body?.prepare() === true ? body : undefined;
  }

  /** The operation has ended, and that is on the disk. */
  onEnded(operation: number): void {
    const body = this.#byOperation.get(operation);
    if (body?.way === 'write') body.drop();
  }

  forget(device: number): void {
    for (const body of this.#byDevice.get(device) ?? []) body.drop();
  }

  append(body: HeldBody, block: Uint8Array): string | undefined {
    if (!this.#has(body)) return GONE;
    if (body.length + block.length > body.lengthMax) return longerThan(body.lengthMax);
    const obstacle = this.#makeRoom(body.device, block.length)
      ?? this.files.append(body.name, block);
    if (obstacle !== undefined) return obstacle;
    body.length += block.length;
    this.#bytes += block.length;
    return undefined;
  }

  clear(body: HeldBody): void {
    if (!this.#has(body)) return;
    this.files.clear(body.name);
    this.#bytes -= body.length;
    body.length = 0;
    body.told = 0;
  }

  seal(body: HeldBody, done: (refusal: string | undefined) => void): void {
    if (!this.#has(body)) return done(GONE);
    this.files.seal(body.name, (refusal) => {
      if (refusal !== undefined) body.drop();
      else if (this.#has(body)) this.#onSealed(body, this.#clock.now());
      done(refusal);
    });
  }

  /** Again is harmless. */
  drop(body: HeldBody): void {
    if (!this.#has(body)) return;
    this.#all.delete(body.name);
    this.#bytes -= body.length + BODY_FILE_BYTES;
    const own = this.#byDevice.get(body.device);
    own?.delete(body);
    if (own?.size === 0) this.#byDevice.delete(body.device);
    if (body.operation !== undefined) this.#byOperation.delete(body.operation);
    if (body.timer !== undefined) this.#clock.cancel(body.timer);
    this.files.remove(body.name);
  }

  /** Whether more than the first block of it has been on its way. */
  hasBegun(operation: number): boolean {
    const body = this.#byOperation.get(operation);
    return body !== undefined && body.moved > BLOCK_SIZE_MAX;
  }

  /** True when so much has passed since the last time that people should be told. */
  hasProgressed(operation: number): boolean {
    const body = this.#byOperation.get(operation);
    if (body === undefined) return false;
    const { moved } = body;
    if (Math.abs(moved - body.told) < TOLD_BYTES) return false;
    body.told = moved;
    return true;
  }

  /** `1024 of 65536 bytes`; '' when it has no body under way. */
  progressOf(operation: number): string {
    const body = this.#byOperation.get(operation);
    if (body === undefined) return '';
    const { way, moved, length } = body;
    return way === 'write' ? `${moved} of ${length} bytes` : `${moved} bytes`;
  }

  #has(body: HeldBody): boolean {
    return this.#all.get(body.name) === body;
  }

  #begin(way: Way, device: number, which: string, length: number): Result<HeldBody> {
    const { bodiesPerDeviceMax, bodyBytesMax } = this.#limits;
    const own = this.#byDevice.get(device) ?? NONE;
    if (own.size >= bodiesPerDeviceMax && ![...own].some(isKept)) {
      return fail(`${bodiesPerDeviceMax} files of this device are waiting already`);
    }
    const obstacle = this.#makeRoom(device, BODY_FILE_BYTES + length);
    if (obstacle !== undefined) return fail(`the file ${obstacle}`);
    if (own.size >= bodiesPerDeviceMax) dropKept(own);
    const name = `${way}-${device}-${which}`;
    return ok(this.#add(new HeldBody(this, name, way, device, bodyBytesMax)));
  }

  #adopt(stored: StoredBody): void {
    const [, way, device, which] = NAME.exec(stored.name) ?? [];
    if (way === undefined) return;
    const { bodyBytesMax } = this.#limits;
    const body = this.#add(new HeldBody(
      this, stored.name, way as Way, Number(device), bodyBytesMax, stored,
    ));
    this.#bytes += body.length;
    if (body.way === 'read') this.#assign(body, Number(which));
    this.#onSealed(body, stored.at);
  }

  #add(body: HeldBody): HeldBody {
    const { name, device } = body;
    this.#all.set(name, body);
    const own = this.#byDevice.get(device) ?? new Set<HeldBody>();
    this.#byDevice.set(device, own.add(body));
    this.#bytes += BODY_FILE_BYTES;
    return body;
  }

  #assign(body: HeldBody, operation: number): void {
    body.operation = operation;
    this.#byOperation.set(operation, body);
  }

  #onSealed(body: HeldBody, at: Milliseconds): void {
    body.isSealed = true;
    if (body.way === 'read') body.timer = this.#clock.schedule(at + READ_KEPT, body);
  }

  /** Why so many bytes more do not fit; what was read and only waits to be fetched gives way. */
  #makeRoom(device: number, bytes: number): string | undefined {
    const { bodyBytesPerDeviceMax, bodiesBytesMax } = this.#limits;
    const own = this.#byDevice.get(device) ?? NONE;
    const tooMuch = bytesOf(own) + bytes - bodyBytesPerDeviceMax;
    // Nothing goes for what does not fit anyway.
    if (tooMuch > keptBytesOf(own, tooMuch)) {
      return `has no room: those of one device take ${bodyBytesPerDeviceMax} bytes at most`;
    }
    const tooMuchInAll = this.#bytes + bytes - bodiesBytesMax;
    if (tooMuchInAll > keptBytesOf(this.#all.values(), tooMuchInAll)) {
      return `has no room: those of all devices take ${bodiesBytesMax} bytes at most`;
    }
    while (bytesOf(own) + bytes > bodyBytesPerDeviceMax) dropKept(own);
    while (this.#bytes + bytes > bodiesBytesMax) dropKept(this.#all.values());
    return undefined;
  }
}

/** What was read and waits to be fetched. */
function isKept({ way, isSealed }: HeldBody): boolean {
  return way === 'read' && isSealed;
}

/** The oldest of them. */
function dropKept(among: Iterable<HeldBody>): void {
  for (const body of among) if (isKept(body)) return body.drop();
}

/** What those would give back that may go; not counted on once it is enough. */
function keptBytesOf(among: Iterable<HeldBody>, enough: number): number {
  let bytes = 0;
  for (const body of among) {
    if (bytes >= enough) break;
    if (isKept(body)) bytes += body.length + BODY_FILE_BYTES;
  }
  return bytes;
}

function bytesOf(bodies: Iterable<HeldBody>): number {
  let bytes = 0;
  for (const { length } of bodies) bytes += length + BODY_FILE_BYTES;
  return bytes;
}
