// What testers draw from: it is what it says, and the whole server takes it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../actors/config.ts';
import { decodeMessage } from '../../core/coap/codec.ts';
import { Code } from '../../core/coap/message.ts';
import { definedType } from '../../core/lwm2m/conversion.ts';
import { CALM } from '../network-rules.ts';
import { runScenario } from '../run.ts';
import { parseScenario } from '../scenario/file.ts';
import { writeScenario } from '../scenario/write.ts';
import { underTripwire } from '../tripwire.ts';
import { World } from '../world.ts';
import { hostileDatagram, mutated, mutation } from './hostile.ts';
import { datagram } from './messages.ts';
import { RawClient } from './raw-client.ts';
import { oddRegisterRequest, registerRequest } from './registrations.ts';
import { scenario } from './scenarios.ts';
import { resourceValue, valueAt } from './values.ts';

/** Runs of a whole world take milliseconds each; the same ones each time. */
const FEW = { numRuns: 20, seed: 20_261_122 };

function newWorld(): World {
  return new World({ seed: 1, network: CALM, config: DEFAULT_CONFIG });
}

describe('datagrams', () => {
  it('that are valid are read', () => {
    fc.assert(fc.property(datagram(), (bytes) => decodeMessage(bytes).ok));
  });

  it('that are hostile are sometimes read and sometimes not', () => {
    const read = fc.sample(hostileDatagram(), 1000).filter((bytes) => decodeMessage(bytes).ok);
    expect(read.length).toBeGreaterThan(100);
    expect(read.length).toBeLessThan(900);
  });

  it('that are hostile leave the server at work', () => {
    fc.assert(fc.property(fc.array(hostileDatagram(), { size: '+1' }), (datagrams) => {
      const world = newWorld();
      for (const [index, bytes] of datagrams.entries()) {
        world.server.receive(0, '10.66.0.1', 1000 + index % 4, bytes);
        world.run(10);
      }
      const answer = new RawClient(world).register('ep=real&lwm2m=1.1&lt=300');
      expect(answer.code).toBe(Code.CREATED);
    }), FEW);
  });

  it.for([
    ['cut', { kind: 'cut', at: 2 }, '0102'], ['cut at its end', { kind: 'cut', at: 4 }, '01020304'],
    ['flip', { kind: 'flip', at: 1, bit: 7 }, '01820304'],
    ['set', { kind: 'set', at: 3, byte: 255 }, '010203ff'],
    ['set behind its end', { kind: 'set', at: 4, byte: 255 }, '01020304'],
    ['insert', { kind: 'insert', at: 0, bytes: Uint8Array.of(9, 9) }, '090901020304'],
    ['remove', { kind: 'remove', at: 3, count: 8 }, '010203'],
    ['splice', { kind: 'splice', at: 1, from: 6 }, '01020304'],
  ] as const)('%s', ([, one, hex]) => {
    const source = Uint8Array.of(1, 2, 3, 4);
    const words = Array.from(mutated(source, [one]), (byte) => byte.toString(16).padStart(2, '0'));
    expect(words.join('')).toBe(hex);
    expect(source).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('of no bytes can be mutated as well', () => {
    fc.assert(fc.property(fc.array(mutation()), (each) => {
      mutated(new Uint8Array(0), each);
    }));
  });
});

describe('registrations', () => {
  it('that are valid are answered 2.01', () => {
    fc.assert(fc.property(registerRequest(), ({ query, objects }) => {
      const answer = new RawClient(newWorld()).ask(Code.POST, ['rd'], query, objects);
      expect(answer?.code).toBe(Code.CREATED);
    }), FEW);
  });

  it('that are odd are answered, with 2.01 or 4.xx', () => {
    fc.assert(fc.property(oddRegisterRequest(), ({ query, objects }) => {
      const code = new RawClient(newWorld()).ask(Code.POST, ['rd'], query, objects)?.code;
      if (code !== Code.CREATED) expect(code! >> 5).toBe(4);
    }), FEW);
  });
});

it('values are of the type of their resource', () => {
  fc.assert(fc.property(resourceValue(), ({ path, value }) => value.type === definedType(path)));
  const battery = { object: 3, instance: 0, resource: 9 };
  fc.assert(fc.property(valueAt(battery), ({ type }) => type === 'integer'));
});

describe('scenarios', () => {
  it('are written and read again as the same', () => {
    fc.assert(fc.property(scenario(), (drawn) => {
      expect(parseScenario(writeScenario(drawn, 'x'), 'x.yaml')).toEqual({ ok: true, value: drawn });
    }));
  });

  it('are played without breaking a rule', () => {
    fc.assert(fc.property(scenario(), (drawn) => {
      expect(underTripwire(() => runScenario(drawn)).violations).toEqual([]);
    }), FEW);
  });
});
