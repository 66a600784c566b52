// What the command line says of runs over sockets: who plays the devices, against which server, and
// where a server of the run's own listens.

import type { Address } from '../core/ports.ts';
import { isRealTime } from '../sim/off.ts';
import type { SimulatingDriver } from '../sim/scenario/drivers.ts';
import type { Scenario } from '../sim/scenario/model.ts';
import { parseAddress, parseServer } from './address.ts';
import { UsageError } from './usage-error.ts';

export interface SocketFlags {
  readonly driver?: string;
  readonly target?: string;
  readonly coap?: string;
}

/** Where a run over sockets finds its server. */
export interface Sockets {
  /** A server elsewhere; undefined: our own. */
  readonly target: Address | undefined;
  /** Where our own listens. */
  readonly coap: Address;
}

export interface Drivers {
  /** Instead of what the files say. */
  readonly driver: SimulatingDriver | undefined;
  readonly sockets: Sockets;
  /** As typed, to run it again. */
  readonly words: readonly string[];
}

const DRIVERS: readonly SimulatingDriver[] = ['world', 'udp'];
/** Where only this machine's own devices find it, on any free port. */
const LOOPBACK: Address = { host: '127.0.0.1', port: 0 };

export async function driversOf(flags: SocketFlags): Promise<Drivers> {
  const { target, coap } = flags;
  const said = DRIVERS.find((one) => one === flags.driver);
  if (flags.driver !== undefined && said === undefined) {
    throw new UsageError(`--driver "${flags.driver}" is none of ${DRIVERS.join(', ')}`);
  }
  if (target !== undefined && said === 'world') {
    throw new UsageError('--target is reached over sockets; leave out --driver world');
  }
  if (target !== undefined && coap !== undefined) {
    throw new UsageError('--coap is where the run\'s own server listens, and with --target it has '
      + 'none; leave out one of them');
  }
  const words = Object.entries({ driver: flags.driver, target, coap })
    .flatMap(([flag, text]) => (text === undefined ? [] : [`--${flag}`, text]));
  return {
    driver: target === undefined ? said : 'udp', words,
    sockets: {
      target: target === undefined ? undefined : await targetOf(target),
      coap: coap === undefined ? LOOPBACK : parseAddress(coap, '::', '--coap'),
    },
  };
}

async function targetOf(target: string): Promise<Address> {
  const { scheme, ...address } = await parseServer(target, '--target');
  if (scheme === 'coap') return address;
  throw new UsageError('--target: a server elsewhere does not know the keys that a run makes for '
    + 'its devices; use coap://, or flownexus device with the key of one');
}

/** Where the run finds its server; undefined: it is in virtual time. */
export function socketsFor(
  scenario: Scenario, file: string, { sockets }: Drivers,
): Sockets | undefined {
  if (!isRealTime(scenario)) return undefined;
  const real = scenario.fleets.find(({ driver }) => driver === 'external');
  if (real !== undefined && sockets.target !== undefined) {
    throw new UsageError(`${file}: ${real.name} is a real device, which registers at the run's own `
      + 'server; leave out --target');
  }
  const secured = scenario.fleets.find(({ security }) => security !== undefined);
  if (secured !== undefined && sockets.target !== undefined) {
    throw new UsageError(`${file}: ${secured.name} has keys that a server elsewhere does not know; `
      + 'leave out --target, or its security');
  }
  return sockets;
}
