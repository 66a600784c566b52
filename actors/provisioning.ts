// Credentials as people give and take them: what is known of a device before it comes, and what
// ends when that is no longer good (LwM2M Transport 1.1.1 s5.2.6).

import type { Ticket } from '../core/ports.ts';
import type { Credential } from './credentials.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';
import { Event } from './session.machine.ts';

/**
 * Makes the credential good, in the place of the one with its identity. What was there by the old
 * key ends, and so does a registration without security: from now on its endpoint proves itself.
 */
export function provision(host: Host, credential: Credential): Ticket {
  const { identity, endpoint } = credential;
  const before = host.credentials.find(identity);
  host.credentials.set(credential);
  if (before !== undefined) endOf(host, before);
  const device = host.devices.get(endpoint);
  if (device?.registration?.peer.security === 'none') endRegistration(host, device);
  return host.store.commit([{ table: 'credential', row: host.credentials.rowOf(credential) }]);
}

/** Undefined when there is none of that identity. */
export function revoke(host: Host, identity: string): Ticket | undefined {
  const credential = host.credentials.find(identity);
  if (credential === undefined) return undefined;
  host.credentials.remove(identity);
  endOf(host, credential);
  return host.store.commit([{ table: 'credential removed', identity }]);
}

function endOf(host: Host, { identity, endpoint }: Credential): void {
  const device = host.devices.get(endpoint);
  if (device?.registration?.peer.identity === identity) endRegistration(host, device);
  host.associations.forgetIdentity(identity);
}

function endRegistration(host: Host, device: Device): void {
  host.step(device, Event.DEREGISTERED);
}
