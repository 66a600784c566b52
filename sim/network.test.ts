// The network of datagrams: it keeps what its rules promise, in shares and in delays.

import { describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { CALM, LOSSY, Network, type NetworkRules } from './network.ts';
import { SeededRandom } from './random.ts';
import { Trace } from './trace.ts';

const A = { host: '10.0.0.1', port: 1 };
const B = { host: '10.0.0.2', port: 1 };

function newNetwork(rules: Partial<NetworkRules>) {
  const clock = new VirtualClock(0);
  const trace = new Trace();
  const network = new Network(clock, new SeededRandom(1), trace, { ...CALM, ...rules });
  const arrived: { at: number; id: number; from: string }[] = [];
  network.plug(B, (from, [high = 0, low = 0]) => {
    arrived.push({ at: clock.now(), id: high << 8 | low, from: from.host });
  });
  const send = (count: number) => {
    for (let id = 0; id < count; id++) network.send(A, B, Uint8Array.of(id >> 8, id));
  };
  return { clock, trace, network, arrived, send };
}

describe('the network', () => {
  it('delivers in calm everything once, in order, after its delay', () => {
    const { clock, arrived, send } = newNetwork({});
    send(100);
    expect(arrived).toEqual([]);
    clock.runUntil(5);
    expect(arrived.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, id) => id));
    expect(arrived[0]).toEqual({ at: 5, id: 0, from: A.host });
  });

  it('loses about the share it is told', () => {
    const { clock, arrived, send } = newNetwork({ lossPerMille: 100 });
    send(10_000);
    clock.runUntil(100);
    expect(Math.abs(arrived.length - 9000)).toBeLessThan(200);
  });

  it('loses everything or nothing at the ends of the scale', () => {
    const all = newNetwork({ lossPerMille: 1000 });
    all.send(100);
    all.clock.runUntil(100);
    expect(all.arrived).toEqual([]);
  });

  it('doubles about the share it is told', () => {
    const { clock, arrived, send } = newNetwork({ duplicatePerMille: 200 });
    send(5000);
    clock.runUntil(100);
    expect(Math.abs(arrived.length - 6000)).toBeLessThan(200);
  });

  it('delays within its bounds and thereby reorders; the tail is rare and long', () => {
    const { clock, arrived, send } = newNetwork({ delay: { least: 20, most: 400 }, tail: 5000 });
    send(20_000);
    clock.runUntil(10_000);
    expect(arrived).toHaveLength(20_000);
    const usual = arrived.filter(({ at }) => at <= 400);
    expect(Math.min(...usual.map(({ at }) => at))).toBe(20);
    const slow = arrived.length - usual.length;
    expect(slow).toBeGreaterThan(0);
    expect(slow).toBeLessThan(60);
    expect(Math.max(...arrived.map(({ at }) => at))).toBeLessThanOrEqual(5400);
    expect(arrived.map(({ id }) => id)).not.toEqual([...arrived].map(({ id }) => id).sort());
  });

  it('decides about loss at delivery: new rules hold for what is under way', () => {
    const { clock, arrived, send, network } = newNetwork({});
    send(10);
    network.rules = { ...CALM, lossPerMille: 1000 };
    clock.runUntil(100);
    expect(arrived).toEqual([]);
  });

  it('drops what nobody hears, and says so in the trace', () => {
    const { clock, arrived, send, network, trace } = newNetwork({});
    send(1);
    network.plug(B, undefined);
    clock.runUntil(100);
    expect(arrived).toEqual([]);
    expect(trace.last(1)).toEqual(['5 10.0.0.1:1 > 10.0.0.2:1 unheard 0000']);
  });

  it('gives the same run for the same seed', () => {
    const hashes = [1, 2].map(() => {
      const { clock, send, trace } = newNetwork(LOSSY);
      send(1000);
      clock.runUntil(10_000);
      return trace.hash;
    });
    expect(hashes[0]).toBe(hashes[1]);
  });
});
