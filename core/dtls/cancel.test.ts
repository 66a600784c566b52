// Stories of handshakes that their owner ends: the peer is told, and waits no longer.

import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.ts';
import { DtlsBench, PROFILE } from '../../sim/testing/dtls-bench.ts';
import { ContentType } from './record.ts';

/** user_canceled, close_notify, each as a warning. */
const ALERTS = ['015a', '0100'];

describe('who ends a handshake', () => {
  it('as a client says so, and the server expects no more', () => {
    const bench = new DtlsBench();
    const association = bench.connect();
    bench.run(35);
    expect(bench.server.layer.sizes().handshakes).toBe(1);
    const { client } = bench;
    const before = client.sent.length;
    client.layer.end(association);
    const said = client.sent.slice(before).map(({ datagram }) => datagram);
    expect(said.map((datagram) => [datagram[0], toHex(datagram.slice(-2))]))
      .toEqual(ALERTS.map((alert) => [ContentType.ALERT, alert]));
    // Each in a record of its own number.
    expect(said.map((datagram) => datagram[10])).toEqual([2, 3]);
    expect(client.events).toMatchObject([{ kind: 'failed', reason: 'closed', alert: 0 }]);
    client.layer.end(association);
    expect(client.sent).toHaveLength(before + 2);
    // Nothing authenticates it, so that the server believes it once the client has been silent.
    bench.run(130_000);
    expect(bench.server.events).toMatchObject([{ reason: 'refused by peer', alert: 0 }]);
  });

  it('as a server says so, protected once its Finished was', () => {
    const bench = DtlsBench.established();
    bench.network = (from, datagram) => from === 'client' && datagram[0] === 20 ? [] : [10];
    bench.connect();
    bench.run(100);
    const { server } = bench;
    const before = server.sent.length;
    const [pending] = server.sent.slice(-1);
    expect(pending!.datagram[13]).toBe(2);
    server.layer.forgetIdentity(PROFILE.psk.identity);
    // To what lives, and to what is being gone on with.
    expect(server.sent.slice(before).map(({ datagram }) => [datagram[0], datagram[4]]))
      .toEqual([[21, 1], [21, 1], [21, 1]]);
    expect(server.story.slice(1)).toEqual(['closed: ended here', 'failed: closed']);
    bench.run(100);
    expect(bench.client.story.slice(2)).toEqual(['established', 'closed: closed by peer']);
  });

  it('with a client tells it, which waits no longer', () => {
    const bench = new DtlsBench();
    bench.network = (_from, datagram) => datagram[13] === 16 ? [] : [10];
    bench.connect();
    bench.run(900);
    const flight = bench.client.sent.at(-1)!.datagram;
    bench.server.layer.receive(0, bench.device, flight.slice(0, 27 + PROFILE.psk.identity.length));
    bench.server.layer.forgetIdentity(PROFILE.psk.identity);
    bench.run(100);
    expect(bench.client.events).toMatchObject([{ reason: 'refused by peer', alert: 0 }]);
    expect(bench.client.layer.sizes().handshakes).toBe(0);
  });
});
