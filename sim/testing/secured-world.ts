// A server and devices that prove who they are, in virtual time: what stories begin with.

import { DEFAULT_CONFIG } from '../../actors/config.ts';
import type { Registration } from '../../actors/device.ts';
import type { SimulatedDevice } from '../device.ts';
import { CALM, type NetworkRules } from '../network-rules.ts';
import { float, Resources, text } from '../resources.ts';
import type { SecurityOptions } from '../security.ts';
import { wave } from '../signals.ts';
import { World } from '../world.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);

export function worldOf(network: NetworkRules = CALM, seed = 1): World {
  return new World({ seed, network, config: DEFAULT_CONFIG });
}

export function pskOf(endpoint: string): SecurityOptions {
  return { kind: 'psk', identity: `id of ${endpoint}`, key: KEY };
}

export function addSensor(
  world: World, endpoint: string, awake?: number, security = pskOf(endpoint),
): SimulatedDevice {
  return world.addDevice({
    endpoint, lifetime: 3600, notifyEvery: awake === undefined ? MINUTE : 10 * MINUTE, awake,
    resources: new Resources({
      '/3/0/0': text('Flownexus'), '/3303/0/5700': float(wave(21, 4, HOUR)),
    }),
    security,
  });
}

export function registered(world: World, endpoint: string): Registration | undefined {
  return world.server.host.devices.get(endpoint)?.registration;
}

export function refusals(world: World): string[] {
  return world.server.host.refusals.list().map(({ endpoint, reason }) => `${endpoint}: ${reason}`);
}
