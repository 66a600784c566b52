// The network of datagrams: it keeps what its rules promise, in shares and in delays, and what
// happens to one device's datagrams changes nothing for another's.

import { describe, expect, it } from 'vitest';
import { VirtualClock } from './clock.ts';
import { DEFAULT_NETWORK, Network } from './network.ts';
import { CALM, LOSSY, type NetworkRules } from './network-rules.ts';
import { SeededRandom } from './random.ts';
import { Trace } from './trace.ts';

const NOBODY = { host: '10.9.9.9', port: 1 };

function newNetwork(rules: Partial<NetworkRules>, name = 'a') {
  const clock = new VirtualClock(0);
  const trace = new Trace();
  const network = new Network(clock, new SeededRandom(1), trace, { ...CALM, ...rules });
  const arrived: { at: number; id: number; port: number }[] = [];
  const heard: number[] = [];
  network.serve((from, [high = 0, low = 0]) => {
    arrived.push({ at: clock.now(), id: high << 8 | low, port: from.port });
  });
  const join = (endpoint: string, index: number) => network.join({
    name: endpoint, address: { host: `10.1.0.${index}`, port: 5683 },
    receive: ([first = 0]) => heard.push(first),
  });
  const link = join(name, 1);
  const send = (count: number) => {
    for (let id = 0; id < count; id++) network.sendUp(link, Uint8Array.of(id >> 8, id));
  };
  return { clock, trace, network, arrived, heard, link, join, send };
}

describe('the network', () => {
  it('delivers in calm everything once, in order, after its delay', () => {
    const { clock, arrived, send } = newNetwork({});
    send(100);
    expect(arrived).toEqual([]);
    clock.runUntil(5);
    expect(arrived.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, id) => id));
    expect(arrived[0]).toEqual({ at: 5, id: 0, port: 5683 });
  });

  it('loses about the share it is told, and everything when told so', () => {
    const some = newNetwork({ loss: 10_000 });
    some.send(10_000);
    some.clock.runUntil(100);
    expect(Math.abs(some.arrived.length - 9000)).toBeLessThan(200);
    const all = newNetwork({ loss: 100_000 });
    all.send(100);
    all.clock.runUntil(100);
    expect(all.arrived).toEqual([]);
  });

  it('doubles about the share it is told', () => {
    const { clock, arrived, send } = newNetwork({ duplicate: 20_000 });
    send(5000);
    clock.runUntil(100);
    expect(Math.abs(arrived.length - 6000)).toBeLessThan(200);
  });

  it('is as slow as its rules say: half faster than typical, one in a hundred past p99', () => {
    const { clock, arrived, send } = newNetwork({ latency: { typical: 100, p99: 2000 } });
    send(20_000);
    clock.runUntil(10_000);
    const share = (test: (at: number) => boolean) =>
      arrived.filter(({ at }) => test(at)).length / arrived.length;
    expect(arrived).toHaveLength(20_000);
    expect(share((at) => at <= 100)).toBeCloseTo(0.5, 1);
    expect(share((at) => at > 2000)).toBeCloseTo(0.01, 2);
    expect(arrived.map(({ id }) => id)).not.toEqual([...arrived].map(({ id }) => id).sort());
  });

  it('may be as fast as time itself, most of the time', () => {
    const { clock, arrived, send } = newNetwork({ latency: { typical: 0, p99: 2000 } });
    send(1000);
    clock.runUntil(4000);
    expect(arrived).toHaveLength(1000);
    expect(arrived.filter(({ at }) => at === 0).length).toBeGreaterThan(400);
    expect(arrived.map(({ at }) => at)).toEqual(arrived.map(({ at }) => at).sort((a, b) => a - b));
  });

  it('decides about loss at delivery: new rules hold for what is under way', () => {
    const { clock, arrived, send, network } = newNetwork({});
    send(10);
    network.define(DEFAULT_NETWORK, { ...CALM, loss: 100_000 });
    clock.runUntil(100);
    expect(arrived).toEqual([]);
  });

  it('drops what is larger than the MTU, and what nobody hears', () => {
    const { clock, arrived, send, network, trace, link } = newNetwork({ mtu: 100 });
    network.sendUp(link, new Uint8Array(101));
    network.sendUp(link, new Uint8Array(100));
    clock.runUntil(10);
    expect(arrived).toHaveLength(1);
    network.serve(undefined);
    send(1);
    network.sendDown(NOBODY, Uint8Array.of(1));
    clock.runUntil(100);
    expect(arrived).toHaveLength(1);
    expect(trace.last(2)).toEqual(['10 > 10.9.9.9:1 unheard', '15 a up 3 unheard 0000']);
  });

  it('drops the named datagram alone', () => {
    const { clock, arrived, send, network } = newNetwork({});
    network.drop('a', 'up', 2);
    send(3);
    clock.runUntil(100);
    expect(arrived.map(({ id }) => id)).toEqual([0, 2]);
  });

  it('lets the named datagram alone arrive twice', () => {
    const { clock, arrived, send, network } = newNetwork({});
    network.duplicate('a', 'up', 2);
    send(3);
    clock.runUntil(100);
    expect(arrived.map(({ id }) => id)).toEqual([0, 1, 1, 2]);
  });

  it('says which named datagrams had passed, and which have not come', () => {
    const { clock, send, network } = newNetwork({});
    send(3);
    // Lost is what arrives, doubled what leaves: of what is under way only the first can be.
    network.drop('a', 'up', 3);
    network.duplicate('a', 'up', 3);
    clock.runUntil(100);
    network.drop('a', 'up', 1);
    network.drop('a', 'up', 4);
    network.drop('a', 'up', 5);
    network.drop('a', 'down', 1);
    send(1);
    clock.runUntil(200);
    expect(network.missed).toEqual([
      { kind: 'drop', name: 'a', direction: 'up', nth: 1, why: 'passed' },
      { kind: 'drop', name: 'a', direction: 'up', nth: 5, why: 'not come' },
      { kind: 'drop', name: 'a', direction: 'down', nth: 1, why: 'not come' },
      { kind: 'duplicate', name: 'a', direction: 'up', nth: 3, why: 'passed' },
    ]);
  });

  it('loses the same when it is told which, and all else happens as before', () => {
    const { clock, arrived, send, trace } = newNetwork({ ...LOSSY, duplicate: 0 });
    send(500);
    clock.runUntil(20_000);
    const lines = trace.last(500);
    const again = newNetwork({ ...LOSSY, duplicate: 0, loss: 0 });
    const lost = lines.flatMap((line) => /up (\d+) lost/.exec(line)?.[1] ?? []);
    expect(lost.length).toBeGreaterThan(10);
    for (const nth of lost) again.network.drop('a', 'up', Number(nth));
    again.send(500);
    again.clock.runUntil(20_000);
    expect(again.arrived).toEqual(arrived);
  });

  it('doubles without moving what arrives anyway', () => {
    const runs = [0, 50_000].map((duplicate) => {
      const { clock, arrived, send } = newNetwork({ ...LOSSY, loss: 0, duplicate });
      send(500);
      clock.runUntil(20_000);
      return arrived.map(({ at, id }) => `${at} ${id}`);
    });
    expect(runs[1]!.length).toBeGreaterThan(700);
    expect(runs[1]).toEqual(expect.arrayContaining(runs[0]!));
  });

  it('cuts a partition off until it ends, newcomers too, and heals at once when told', () => {
    const { clock, arrived, send, network, join } = newNetwork({});
    network.partition(DEFAULT_NETWORK, 1000, 50);
    send(1);
    clock.runUntil(60);
    expect(arrived).toEqual([]);
    send(1);
    clock.runUntil(70);
    expect(arrived).toHaveLength(1);
    network.partition(DEFAULT_NETWORK, 1000, 5000);
    network.sendUp(join('b', 2), Uint8Array.of(9, 9));
    clock.runUntil(75);
    expect(arrived).toHaveLength(1);
    network.heal();
    send(1);
    clock.runUntil(80);
    expect(arrived).toHaveLength(2);
  });

  it('stays cut off and clogged until the last of several spans ends', () => {
    const cut = newNetwork({});
    cut.network.partition(DEFAULT_NETWORK, 1000, 1000);
    cut.network.partition(DEFAULT_NETWORK, 1000, 50);
    cut.clock.runUntil(100);
    cut.send(1);
    cut.clock.runUntil(2000);
    expect(cut.arrived).toEqual([]);
    const clogged = newNetwork({});
    clogged.network.clog(DEFAULT_NETWORK, 1000);
    clogged.network.clog(DEFAULT_NETWORK, 50);
    clogged.send(1);
    clogged.clock.runUntil(2000);
    expect(clogged.arrived.map(({ at }) => at)).toEqual([1005]);
  });

  it('holds back what is sent while it is clogged', () => {
    const { clock, arrived, send, network } = newNetwork({});
    network.clog(DEFAULT_NETWORK, 1000);
    send(2);
    clock.runUntil(1004);
    expect(arrived).toEqual([]);
    clock.runUntil(1005);
    expect(arrived).toHaveLength(2);
  });

  it('gives an idle device another port, and does not hear what goes to the old one', () => {
    const { clock, arrived, heard, send, network, link } = newNetwork({ natRebindAfter: 60_000 });
    const before = link.address;
    // Before it ever sent it had no port to lose.
    clock.runUntil(99_000);
    send(1);
    clock.runUntil(100_000);
    expect(arrived[0]?.port).toBe(5683);
    clock.runUntil(200_000);
    send(1);
    network.sendDown(before, Uint8Array.of(7));
    network.sendDown(link.address, Uint8Array.of(8));
    clock.runUntil(201_000);
    expect(arrived[1]?.port).not.toBe(5683);
    expect(heard).toEqual([8]);
  });

  it('gives the same run for the same seed, and a device more changes nothing for the others', () => {
    const runs = [0, 0, 1].map((more) => {
      const { clock, send, arrived, network, join } = newNetwork(LOSSY);
      if (more > 0) {
        const other = join('b', 2);
        for (let index = 0; index < 50; index++) network.sendUp(other, Uint8Array.of(0xff, 0xff));
      }
      send(1000);
      clock.runUntil(20_000);
      return arrived.filter(({ id }) => id !== 0xffff).map(({ at, id }) => `${at} ${id}`);
    });
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).toEqual(runs[2]);
  });
});
