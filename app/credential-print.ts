// What to paste into a device, so that it has the key that the server knows.

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

/** Lines for the prj.conf of Zephyr's LwM2M client sample, whose identity is its endpoint. */
export function forZephyr(
  { endpoint, identity, key }: Printed & { readonly endpoint: string }, server: string,
): string[] {
  if (identity !== endpoint) {
    throw new UsageError(`Zephyr's client sample says its endpoint as its identity: "${identity}" `
      + `must be called "${endpoint}" for it`);
  }
  const at = /:\d+$/.test(server) ? server : `${server}:5684`;
  return [
    'CONFIG_LWM2M_DTLS_SUPPORT=y',
    `CONFIG_LWM2M_APP_SERVER="coaps://${at}"`,
    `CONFIG_LWM2M_APP_ID="${endpoint}"`,
    `CONFIG_LWM2M_APP_PSK="${key}"`,
  ];
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
