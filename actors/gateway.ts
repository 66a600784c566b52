// Reports of a gateway: another server's devices, told over HTTP by who runs that server. They have
// no session here, so nothing can be asked of them; their values are stored, judged and watched as
// all others are.

import type { GatewayReport } from '../core/api/management.ts';
import { withoutSecrets } from '../core/lwm2m/secrets.ts';
import { NO_SEQUENCES, type Change } from '../core/store/changes.ts';
import type { Milliseconds, Ticket } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { rowOf, type Device } from './device.ts';
import type { Host } from './host.ts';
import type { Report } from './reports.ts';
import { storeValues } from './telemetry.ts';

/** Source of devices that a gateway made known. */
const GATEWAY = 'gateway';
const DETAIL = 'told by a gateway';
const REPORTS: Readonly<Record<GatewayReport['of'], Report>> = {
  resource: 'alone', object: 'as one',
};

export function onGatewayReport(
  host: Host, endpoint: string, { of, groups, happened }: GatewayReport, now: Milliseconds,
): Result<Ticket> {
  const known = host.devices.get(endpoint);
  const obstacle = known === undefined ? obstacleFor(host) : obstacleOf(known);
  if (obstacle !== undefined) return fail(obstacle);
  const device = known ?? host.create(endpoint, GATEWAY, now);
  host.hear(device, now);
  const changes: Change[] = [{ table: 'device', row: rowOf(device) }];
  if (happened !== undefined) {
    const row = {
      device: device.id, type: happened, at: now, detail: DETAIL, sequences: NO_SEQUENCES,
    };
    changes.push({ table: 'event', row });
  }
  let ticket = host.store.commit(changes);
  host.tellEvents(device, ticket, changes);
  for (const group of groups) {
    ticket = storeValues(host, device, withoutSecrets(group), now, REPORTS[of]);
  }
  host.tell({ kind: 'device', endpoint });
  return ok(ticket);
}

/** As for a Register: who is unknown comes in where anybody may. */
function obstacleFor({ config, devices }: Host): string | undefined {
  if (config.registration === 'known') return 'unknown endpoint; make it known first';
  const { devicesMax } = config.limits;
  return devices.size >= devicesMax ? `the limit of ${devicesMax} devices is reached` : undefined;
}

/** Two histories in one would tell of neither. */
function obstacleOf({ registration }: Device): string | undefined {
  return registration === undefined ? undefined
    : 'it is registered at this server and tells its values itself';
}
