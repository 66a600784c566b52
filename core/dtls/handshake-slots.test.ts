// Which handshake goes when there are too many, against one that looks at all of them.

import { fc, test as property } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { sourceOf } from '../peer.ts';
import { Association } from './association.ts';
import { HandshakeSlots } from './handshake-slots.ts';

const step = fc.record({
  host: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:1::1'),
  isAdded: fc.boolean(),
});

describe('the slots of handshakes', () => {
  property.prop([fc.array(step, { maxLength: 60 })])(
    'give up the oldest of a host that has most', (steps) => {
      const slots = new HandshakeSlots();
      let held: Association[] = [];
      const ofHost = ({ address: { host } }: Association) =>
        held.filter(({ address }) => sourceOf(address.host) === sourceOf(host));
      for (const [port, { host, isAdded }] of steps.entries()) {
        const association = new Association(port, 'server', 0, { host, port });
        const gone = held.find(({ address }) => address.host === host);
        if (isAdded) {
          held.push(association);
          slots.add(association);
        } else if (gone !== undefined) {
          held = held.filter((other) => other !== gone);
          slots.drop(gone);
        }
        const most = Math.max(0, ...held.map((one) => ofHost(one).length));
        const { dispensable } = slots;
        expect([slots.size, slots.all()]).toEqual([held.length, held]);
        if (dispensable === undefined) expect(held).toEqual([]);
        else expect([ofHost(dispensable).length, ofHost(dispensable)[0]]).toEqual([most, dispensable]);
      }
    });
});
