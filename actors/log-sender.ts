// Whose syslog message it is. Nothing in a datagram is proof: the name of a device is believed only
// from the address that it is registered from, or with the token that its profile says.

import type { DataElement, SyslogMessage } from '../core/syslog/message.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';

/** `[flownexus@32473 endpoint="NAME" token="TOKEN"]`; the number is RFC 5612's for examples. */
export const SENDER_ELEMENT = 'flownexus@32473';

/**
 * Undefined when nobody can say. Who names a device in the structured data means that one or none.
 * HOSTNAME, which devices fill as they like, only chooses among those at the address.
 */
export function senderOf(
  host: Host, address: string, { data, hostname }: SyslogMessage,
): Device | undefined {
  const element = data.find(({ id }) => id === SENDER_ELEMENT);
  const endpoint = element && parameterOf(element, 'endpoint');
  if (element !== undefined && endpoint !== undefined) {
    const claimed = host.devices.get(endpoint);
    const isBelieved = claimed !== undefined
      && (isAt(claimed, address) || hasToken(claimed, parameterOf(element, 'token')));
    return isBelieved ? claimed : undefined;
  }
  const named = host.devices.get(hostname);
  if (named !== undefined && isAt(named, address)) return named;
  const alone = host.hosts.aloneAt(address);
  return alone === undefined ? undefined : host.byId.get(alone);
}

function isAt(device: Device, address: string): boolean {
  return device.registration?.peer.address.host === address;
}

/** Nobody is answered, so the time of a comparison tells nobody anything. */
function hasToken({ profile }: Device, token: string | undefined): boolean {
  return profile.logToken !== undefined && profile.logToken === token;
}

function parameterOf({ parameters }: DataElement, wanted: string): string | undefined {
  return parameters.find(([name]) => name === wanted)?.[1];
}
