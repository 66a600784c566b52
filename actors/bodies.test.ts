// Whatever happens to bodies in whatever order: they stay within every limit, the count of bytes is
// that of the disk, and a start keeps what rows ask for and what was read, and nothing else.

import { fc, test as property } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { OperationRow } from '../core/store/changes.ts';
import { operationRow } from '../core/store/testing.ts';
import { SimulatedBodies } from '../sim/body-files.ts';
import { ProcessClock, VirtualClock } from '../sim/clock.ts';
import { SeededRandom } from '../sim/random.ts';
import { emptyDisk } from '../sim/store.ts';
import { Bodies, BODY_FILE_BYTES, READ_KEPT, type HeldBody } from './bodies.ts';
import { DEFAULT_CONFIG } from './config.ts';

const LIMITS = {
  ...DEFAULT_CONFIG.limits, bodyBytesMax: 5_000, bodiesPerDeviceMax: 3,
  bodyBytesPerDeviceMax: 20_000, bodiesBytesMax: 30_000,
};
const DEVICES = [1, 2, 3];

class Bench {
  readonly clock = new VirtualClock(0);
  readonly disk = emptyDisk();
  /** Rows that have not ended. */
  readonly open = new Map<number, OperationRow>();
  #life = new ProcessClock(this.clock);
  bodies = this.#start();
  /** Under way, or whole and not asked for. */
  held: HeldBody[] = [];
  /** Of devices that were forgotten; whoever brings them does not know it yet. */
  gone: HeldBody[] = [];
  #operations = 0;

  restart(): void {
    this.held = [];
    this.#life.kill();
    this.#life = new ProcessClock(this.clock);
    this.bodies = this.#start();
    for (const row of this.open.values()) this.bodies.assign(row);
    this.bodies.removeLeftovers((operation) => this.open.has(operation), () => true);
  }

  upload(device: number, length: number): void {
    this.#keep(this.bodies.upload(device, length));
  }

  read(device: number): void {
    const id = ++this.#operations;
    this.open.set(id, operationRow(id, { device, kind: 'read', parameters: '{"into":"file"}' }));
    this.#keep(this.bodies.reading(device, id));
  }

  seal(body: HeldBody | undefined): void {
    body?.seal((refusal) => {
      const { device, name: file, length } = body;
      if (refusal !== undefined || body.way === 'read') return;
      if (!this.bodies.isWaiting(file, device, length)) return;
      const id = ++this.#operations;
      const parameters = JSON.stringify({ file, length });
      this.open.set(id, operationRow(id, { device, kind: 'write', parameters }));
      this.bodies.assign(this.open.get(id) as OperationRow);
    });
    this.held = this.held.filter((one) => one !== body);
  }

  forget(which: number): void {
    this.bodies.forget(which);
    this.gone.push(...this.held.filter((one) => one.device === which));
    this.held = this.held.filter((one) => one.device !== which);
  }

  end(index: number): void {
    const ids = [...this.open.keys()];
    const id = ids[index % Math.max(1, ids.length)];
    if (id === undefined) return;
    if (this.open.get(id)?.kind === 'read' && this.bodies.of(id)?.isSealed !== true) return;
    this.open.delete(id);
    this.bodies.onEnded(id);
  }

  expectWithinLimits(): void {
    const { bodies, bodyBytes } = this.bodies.sizes();
    expect(bodyBytes).toBeLessThanOrEqual(LIMITS.bodiesBytesMax);
    expect(bodies).toBeLessThanOrEqual(DEVICES.length * LIMITS.bodiesPerDeviceMax);
    expect(this.bytesOnDisk()).toBeLessThanOrEqual(bodyBytes);
    for (const device of DEVICES) {
      const own = [...this.disk.bodies].filter(([name]) => name.split('-')[1] === String(device));
      expect(own.length).toBeLessThanOrEqual(LIMITS.bodiesPerDeviceMax);
      for (const [, { bytes }] of own) {
        expect(bytes.length).toBeLessThanOrEqual(LIMITS.bodyBytesMax);
      }
    }
  }

  bytesOnDisk(): number {
    return [...this.disk.bodies.values()]
      .reduce((sum, { bytes }) => sum + bytes.length + BODY_FILE_BYTES, 0);
  }

  #keep(begun: ReturnType<Bodies['upload']>): void {
    if (begun.ok) this.held.push(begun.value);
  }

  #start(): Bodies {
    const files = new SimulatedBodies(this.#life, this.disk);
    return new Bodies(files, this.#life, new SeededRandom(this.disk.bodies.size), LIMITS);
  }
}

const device = fc.constantFrom(...DEVICES);
const index = fc.nat({ max: 7 });
const none: fc.Arbitrary<number> = fc.constant(0);
const kind = (weight: number, what: string, which: fc.Arbitrary<number>, size = none) => ({
  weight, arbitrary: fc.tuple(fc.constant(what), which, size),
});
const deed = fc.oneof(
  kind(6, 'upload', device, fc.nat({ max: 6_000 })), kind(6, 'read', device),
  kind(6, 'append', index, fc.nat({ max: 3_000 })), kind(4, 'seal', index),
  kind(2, 'clear', index), kind(2, 'release', index), kind(2, 'end', index),
  kind(1, 'forget', device), kind(1, 'late', index, fc.nat({ max: 100 })),
  kind(2, 'wait', fc.constantFrom(5, 1_000, READ_KEPT)), kind(1, 'restart', none),
);

property.prop([fc.array(deed, { minLength: 10, maxLength: 120 })], { numRuns: 150 })(
  'bodies stay within their limits, and nothing is left when nothing is wanted',
  (deeds) => {
    const bench = new Bench();
    for (const [what, which, size] of deeds) {
      const body = bench.held[which % Math.max(1, bench.held.length)];
      switch (what) {
        case 'upload': bench.upload(which, size); break;
        case 'read': bench.read(which); break;
        case 'append': body?.append(new Uint8Array(size)); break;
        case 'seal': bench.seal(body); break;
        case 'clear': if (body?.way === 'read') body.clear(); break;
        case 'release':
          body?.drop();
          bench.held = bench.held.filter((one) => one !== body);
          break;
        case 'late':
          for (const late of bench.gone) {
            expect(late.append(new Uint8Array(size))).toMatch(/forgotten/);
            late.seal((refusal) => expect(refusal).toMatch(/forgotten/));
          }
          break;
        case 'end': bench.end(which); break;
        case 'forget': bench.forget(which); break;
        case 'wait': bench.clock.runUntil(bench.clock.now() + which); break;
        default: bench.restart();
      }
      bench.expectWithinLimits();
    }
    bench.clock.runUntil(bench.clock.now() + 1_000);
    const drafts = bench.held.reduce((sum, { length }) => sum + length + BODY_FILE_BYTES, 0);
    expect(bench.bodies.sizes().bodyBytes).toBe(bench.bytesOnDisk() + drafts);
    const wanted = new Set([...bench.open.values()].flatMap(({ parameters }) => (
      /"file":"([^"]+)"/.exec(parameters)?.[1] ?? [])));
    bench.restart();
    for (const name of bench.disk.bodies.keys()) {
      const read = /^read-\d+-(\d+)$/.exec(name)?.[1];
      // What was read for one that has not ended is read anew.
      expect(read === undefined ? wanted.has(name) : !bench.open.has(Number(read))).toBe(true);
    }
    bench.open.clear();
    bench.restart();
    bench.clock.runUntil(bench.clock.now() + READ_KEPT);
    expect(bench.disk.bodies.size).toBe(0);
    expect(bench.bodies.sizes()).toEqual({ bodies: 0, bodyBytes: 0 });
  },
);
