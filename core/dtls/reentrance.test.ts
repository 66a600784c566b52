// Stories of an owner that does something while the layer tells him something.

import { describe, expect, it } from 'vitest';
import type { Address } from '../ports.ts';
import { DtlsBench, PROFILE, SERVER, type DtlsEnd } from '../../sim/testing/dtls-bench.ts';
import type { DtlsEvent } from './events.ts';

/** What the end does in addition, each time it is told something of the kind. */
function when(end: DtlsEnd, kind: DtlsEvent['kind'], act: (event: DtlsEvent) => void): void {
  const tell = end.event.bind(end);
  end.event = (event) => {
    tell(event);
    if (event.kind === kind) act(event);
  };
}

it('who ends an association because it moved hears nothing more of it', () => {
  const bench = DtlsBench.established();
  const { server } = bench;
  when(server, 'moved', ({ association }) => server.layer.end(association));
  bench.device = { host: '198.51.100.9', port: 61_000 };
  bench.client.say('from elsewhere');
  bench.run(100);
  expect(server.story).toEqual(['established', 'moved', 'closed: ended here']);
  expect(server.heard).toEqual([]);
  expect([...server.layer.live()]).toEqual([]);
});

it('who ends an association because it is to reserve numbers sends nothing more with it', () => {
  const bench = DtlsBench.established();
  const { server } = bench;
  const { association } = server;
  when(server, 'reserved', () => server.layer.end(association));
  while (server.say('x', association) === 'sent') expect(association.isLive).toBe(true);
  bench.run(100);
  expect(server.story).toEqual(['established', 'closed: ended here']);
  // The last thing that the client hears is the goodbye.
  expect(bench.client.story).toEqual(['established', 'closed: closed by peer']);
  // And it answers, as the only other thing that it said since.
  expect(server.layer.counters.unknown).toBe(1);
});

describe('who connects again when a handshake failed', () => {
  const elsewhere: Address = { ...SERVER, port: 1 };

  it.for([
    ['has been replaced at its address', SERVER, 'replaced by another'],
    ['has made room', elsewhere, 'too many handshakes'],
  ] as const)('because it %s leaves none behind', ([, second, reason]) => {
    const bench = new DtlsBench({ client: { limits: { handshakes: 1 } } });
    const { client } = bench;
    bench.network = () => [];
    let again = 0;
    when(client, 'failed', () => {
      if (again++ === 0) client.layer.connect(0, SERVER, PROFILE);
    });
    const first = bench.connect();
    const between = client.layer.connect(0, second, PROFILE);
    // The last one is under way, and of the others the owner was told.
    expect(client.events).toMatchObject([
      { kind: 'failed', association: first, reason }, { kind: 'failed', association: between },
    ]);
    expect(client.layer.sizes().handshakes).toBe(1);
    bench.network = () => [10];
    bench.run(2_000);
    expect(client.story.at(-1)).toBe('established');
    expect(bench.clock.nextDue).toBeLessThan(Infinity);
    client.layer.end(client.association);
    bench.run(1_000);
    expect([client.layer.sizes().handshakes, bench.clock.nextDue]).toEqual([0, Infinity]);
  });
});
