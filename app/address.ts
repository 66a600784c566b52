// Addresses as people type them: `8080`, `127.0.0.1:8080`, `[::1]:8080`, `coap://example.org`.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../core/ports.ts';
import { UsageError } from './usage-error.ts';

/** RFC 7252 s6.1, s6.2. */
const PORTS = { coap: 5683, coaps: 5684 };

export interface ServerAddress extends Address {
  readonly scheme: keyof typeof PORTS;
}

/** Parses `[HOST:]PORT`; `flag` names the origin in the error. Port 0 means any free one. */
export function parseAddress(text: string, defaultHost: string, flag: string): Address {
  const colon = text.lastIndexOf(':');
  const host = colon === -1 ? defaultHost : text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const portText = text.slice(colon + 1);
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port > 65_535) {
    throw new UsageError(
      `${flag} "${text}": "${portText}" is no port; give [HOST:]PORT, 0 to 65535`,
    );
  }
  if (host !== 'localhost' && isIP(host) === 0) {
    throw new UsageError(`${flag} "${text}": "${host}" is no IP address; IPv6 goes in brackets`);
  }
  return { host: host === 'localhost' ? '127.0.0.1' : host, port };
}

/** Finds the host of a server's URI; `flag` names the origin in the error. */
export async function parseServer(text: string, flag: string): Promise<ServerAddress> {
  const wrong = `${flag} "${text}" is no URI like coap://127.0.0.1:5683`;
  if (!URL.canParse(text)) throw new UsageError(wrong);
  const { protocol, hostname, port, pathname } = new URL(text);
  const scheme = ({ 'coap:': 'coap', 'coaps:': 'coaps' } as const)[protocol];
  if (scheme === undefined || hostname === '' || pathname.length > 1 || port === '0') {
    throw new UsageError(wrong);
  }
  try {
    const { address } = await lookup(hostname.replace(/^\[(.*)\]$/, '$1'));
    // A wildcard is reached through loopback, which is where its answers come from.
    const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
    return { scheme, host, port: port === '' ? PORTS[scheme] : Number(port) };
  } catch {
    throw new UsageError(`${flag}: no host is called ${hostname}`);
  }
}

/** Where a bound address can be reached: a wildcard at each address of this machine. */
export function reachable({ host, port }: Address): Address[] {
  if (host !== '::' && host !== '0.0.0.0') return [{ host, port }];
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    // A link-local address means nothing without its interface.
    .filter(({ family, address }) => (
      family === 'IPv4' || (host === '::' && !address.startsWith('fe80') && address !== '::1')
    ))
    .map(({ address }) => ({ host: address, port }));
  return found.length > 0 ? found : [{ host: '127.0.0.1', port }];
}

/** `coap://127.0.0.1:5683`, with brackets around IPv6. */
export function uriOf(scheme: string, { host, port }: Address): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
