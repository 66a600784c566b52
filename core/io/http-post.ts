// One POST to somebody's server: how it went, as a value. Redirections are not followed, and of the
// answer only its status is read. Addresses of this machine and its networks are as good as others,
// but none that only this link knows: there clouds hand out the keys of a machine to who asks.

import { lookup as lookUpName } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Milliseconds } from '../ports.ts';

/** From the look-up of the name to the answer. */
const WAIT_MAX: Milliseconds = 10_000;
const OUTCOME_LENGTH_MAX = 200;

export interface Posted {
  readonly isDelivered: boolean;
  readonly outcome: string;
}

export function httpPost(
  url: string, headers: Readonly<Record<string, string>>, body: string,
  waitMax: Milliseconds = WAIT_MAX, lookup: LookupFunction = checked(lookUpName),
): Promise<Posted> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const failed = ({ name, message }: Error): void => resolve({
      isDelivered: false,
      outcome: name === 'AbortError' ? `no answer in ${waitMax / 1_000} s`
        : message.slice(0, OUTCOME_LENGTH_MAX),
    });
    // What is an address already is not looked up.
    if (isRefusedUrl(new URL(url))) return failed(new Error(REFUSAL));
    const call = request(url, {
      method: 'POST', agent: false, signal: AbortSignal.timeout(waitMax), lookup,
      headers: {
        ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'flownexus',
      },
    }, (answer) => {
      const status = answer.statusCode ?? 0;
      resolve({ isDelivered: status >= 200 && status < 300, outcome: outcomeOf(status) });
      // Nothing of it is wanted, however long it is.
      answer.destroy();
    });
    call.on('error', failed);
    // Not asked for, and without this neither an answer nor an error.
    call.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ isDelivered: false, outcome: outcomeOf(answer.statusCode ?? 0) });
    });
    call.on('close', () => failed(new Error('the connection was closed without an answer')));
    call.end(body);
  });
}

export const REFUSAL = 'nothing is sent to link-local, multicast and metadata addresses';

/**
 * RFC 3927, RFC 4291 s2.5.6 and s2.7, RFC 1112, RFC 919; the metadata services of AWS over IPv6, of
 * Alibaba and of Oracle; and what of these IPv6 carries as IPv4 (RFC 6052, RFC 4291 s2.5.5.1).
 */
const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16);
REFUSED.addSubnet('224.0.0.0', 4);
REFUSED.addSubnet('fe80::', 10, 'ipv6');
REFUSED.addSubnet('ff00::', 8, 'ipv6');
REFUSED.addAddress('fd00:ec2::254', 'ipv6');
for (const address of ['255.255.255.255', '100.100.100.200', '192.0.0.192']) {
  REFUSED.addAddress(address);
}
for (const prefix of ['64:ff9b::', '::']) {
  REFUSED.addSubnet(`${prefix}a9fe:0`, 112, 'ipv6');
  REFUSED.addSubnet(`${prefix}e000:0`, 100, 'ipv6');
  REFUSED.addAddress(`${prefix}6464:64c8`, 'ipv6');
  REFUSED.addAddress(`${prefix}c000:c0`, 'ipv6');
}

export function isRefused(address: string): boolean {
  // A zone, as in fe80::1%eth0, is no part of it.
  const [plain = ''] = address.split('%');
  return REFUSED.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Of a URL with an address in place of a name. */
export function isRefusedUrl({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) !== 0 && isRefused(address);
}

/** Judges what the name stands for at this moment, so that nobody can exchange it afterwards. */
export function checked(lookUp: LookupFunction): LookupFunction {
  return (hostname, options, callback) => lookUp(hostname, options, (error, found, family) => {
    const all = typeof found === 'string' ? [found] : found?.map(({ address }) => address);
    if (error === null && all?.some(isRefused) === true) callback(new Error(REFUSAL), '');
    else callback(error, found, family);
  });
}

function outcomeOf(status: number): string {
  return status >= 300 && status < 400 ? `${status}, which is not followed` : String(status);
}
