// What to paste into a device, so that it has the key that the server knows.

import { isIPv6 } from 'node:net';
import { UsageError } from './usage-error.ts';

/** Hexadecimal digits. */
interface Printed {
  readonly identity: string;
  readonly key: string;
}

/** Where Nordic's LwM2M samples and its library look for the key of their server. */
const SECURITY_TAG = 35_724_861;
/** Types of AT%CMNG. */
const PSK = 3;
const PSK_IDENTITY = 4;
const PORT_MAX = 65_535;

/** For who has a version of the sample before its options were renamed, in 2025. */
const OLDER_ZEPHYR = '# An older sample says CONFIG_LWM2M_APP_ for CONFIG_NET_SAMPLE_LWM2M_.';

/**
 * Lines for the prj.conf of Zephyr's LwM2M client sample, whose identity is its endpoint. The usual
 * port is for a server that is named without one.
 */
export function forZephyr(
  { endpoint, identity, key }: Printed & { readonly endpoint: string }, server: string,
  usualPort: string,
): string[] {
  if (identity !== endpoint) {
    throw new UsageError(`Zephyr's client sample says its endpoint as its identity: "${identity}" `
      + `must be called "${endpoint}" for it`);
  }
  return [
    '# Build with -DEXTRA_CONF_FILE=overlay-dtls.conf of the LwM2M client sample.',
    OLDER_ZEPHYR,
    'CONFIG_LWM2M_DTLS_SUPPORT=y',
    `CONFIG_NET_SAMPLE_LWM2M_SERVER=${kconfigString(serverUri(server, usualPort))}`,
    `CONFIG_NET_SAMPLE_LWM2M_ID=${kconfigString(endpoint)}`,
    `CONFIG_NET_SAMPLE_LWM2M_PSK=${kconfigString(key)}`,
  ];
}

/** Always with a port, since Zephyr's own default need not be that of DTLS. */
function serverUri(server: string, usualPort: string): string {
  const at = server.replace(/^coaps:\/\//i, '').replace(/\/$/, '');
  // RFC 3986 s3.2.2: without brackets the last group of the address would be taken for a port.
  // One of five digits is none of an address, and so was meant as a port.
  const [, host = at, port = usualPort] = isIPv6(at) ? [] : /^(.*):(\d+)$/.exec(at) ?? [];
  if (!isHost(host) || Number(port) < 1 || Number(port) > PORT_MAX) {
    throw new UsageError(`--server is a host, with a port if it is not ${usualPort}, or a coaps:// `
      + `URI of these: "${server}" is not`);
  }
  return `coaps://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** An address, in brackets too, or a name of letters, digits, hyphens and dots (RFC 1123 s2.1). */
function isHost(host: string): boolean {
  return isIPv6(host.replace(/^\[(.*)\]$/, '$1')) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host);
}

/** Kconfig ends a string at a quotation mark and drops a backslash, unless one is before it. */
function kconfigString(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** For the modem's AT interface; it takes keys while its radio is off, and keeps them. */
export function forNrf91({ identity, key }: Printed): string[] {
  if (identity.includes('"')) {
    throw new UsageError('an AT command cannot say an identity with a quotation mark in it');
  }
  return [
    'AT+CFUN=4',
    `AT%CMNG=0,${SECURITY_TAG},${PSK_IDENTITY},"${identity}"`,
    `AT%CMNG=0,${SECURITY_TAG},${PSK},"${key}"`,
    'AT+CFUN=1',
  ];
}
