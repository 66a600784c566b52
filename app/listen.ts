// Opens UDP sockets where the settings say, for devices and for their logs, and says in a sentence
// what cannot be.

import type { UdpTransport } from '../core/io/udp.ts';
import type { Address, Log } from '../core/ports.ts';
import { reachable, uriOf } from './address.ts';
import { listenError } from './listen-error.ts';

const RECEIVE_BUFFER_WARNING = 1024 * 1024;

/** What is listened for, and by which flag. */
export interface Service {
  readonly scheme: string;
  readonly flag: string;
  /** Registrations remember their listener over a restart: it must not depend on other services. */
  readonly firstListener: number;
}

export const COAP: Service = { scheme: 'coap', flag: '--coap', firstListener: 0 };
export const COAPS: Service = { scheme: 'coaps', flag: '--coaps', firstListener: 16 };
export const SYSLOG: Service = { scheme: 'udp', flag: '--syslog', firstListener: 0 };
/** Of one service, as they are numbered. */
export const LISTENERS_MAX = 16;

export function urisOf({ scheme }: Service, bound: readonly Address[]): string[] {
  return bound.flatMap(reachable).map((address) => uriOf(scheme, address));
}

export async function listen(
  transport: UdpTransport, service: Service, addresses: readonly Address[], log: Log,
  onDatagram: Parameters<UdpTransport['listen']>[1], before = 0,
): Promise<Address[]> {
  const bound: Address[] = [];
  for (const address of addresses) {
    const wanted = uriOf(service.scheme, address);
    try {
      const number = service.firstListener + before + bound.length;
      const listener = await transport.listen(address, onDatagram, number);
      bound.push(listener.address);
      const bytes = listener.receiveBufferBytes;
      if (bytes < RECEIVE_BUFFER_WARNING) {
        log.warn('small receive buffer, bursts may be lost; raise net.core.rmem_max', { bytes });
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // An IPv6 wildcard on a machine without IPv6 means every address it has.
      if (code === 'EAFNOSUPPORT' && address.host === '::') {
        const anyOfIpv4 = [{ ...address, host: '0.0.0.0' }];
        const already = before + bound.length;
        bound.push(...await listen(transport, service, anyOfIpv4, log, onDatagram, already));
      } else throw listenError(error as NodeJS.ErrnoException, wanted, service.flag);
    }
  }
  return bound;
}
