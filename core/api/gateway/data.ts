// The values of one kind of all devices, as pages of an older server got them: by the name of a
// resource, by a few names that no model has, and what happened to registrations, which was told
// as resources of an object there and is an event here.

import type { SessionEventType } from '../../store/changes.ts';
import type { Database } from '../../store/database.ts';
import { newestEventsStatement } from '../../store/history.ts';
import {
  ASK_LIMITS, newestOfNameStatement, newestOfResourceStatement, valueOfRow, type TelemetryValue,
} from '../../store/telemetry.ts';
import { answered } from '../errors.ts';
import { TELEMETRY_ROWS_MAX } from '../inputs.ts';

/** Who asks here cannot ask for less. */
const LIMITS = { ...ASK_LIMITS, bytesMax: 4 * ASK_LIMITS.bytesMax };

/** By object and resource, as the older server had them. */
const RESOURCES: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ext_dev_info', [3, 22]], ['package_version', [5, 6]],
]);
const HAPPENINGS: ReadonlyMap<string, readonly SessionEventType[]> = new Map([
  ['ep_registered', ['registered']], ['ep_unregistered', ['deregistered', 'expired']],
  ['ep_registration_update', ['updated']],
]);

interface Datum {
  readonly timestamp_created: string;
  readonly value: TelemetryValue['value'];
  readonly resource_type: string;
}

/** The newest, the oldest of them first; undefined when nothing has the name. */
export async function dataOf(db: Database, name: string): Promise<Datum[] | undefined> {
  const happenings = HAPPENINGS.get(name);
  if (happenings !== undefined) {
    const statement = newestEventsStatement(happenings, TELEMETRY_ROWS_MAX);
    const rows = answered(await db.ask(statement, LIMITS));
    return rows.map((row) => datum(name, Number(row['at']), Number(row['at'])));
  }
  const path = RESOURCES.get(name);
  const rows = answered(await db.ask(path === undefined
    ? newestOfNameStatement(name, TELEMETRY_ROWS_MAX)
    : newestOfResourceStatement(path, TELEMETRY_ROWS_MAX), LIMITS));
  if (rows.length === 0) return undefined;
  return rows.filter((row) => row['sequence'] !== null).map(valueOfRow)
    .map((value) => datum(name, value.receivedAt, plain(value)));
}

function datum(name: string, at: number, value: TelemetryValue['value']): Datum {
  return { timestamp_created: new Date(at).toISOString(), value, resource_type: name };
}

/** Numbers where they are exact, for charts. */
function plain({ type, value }: TelemetryValue): TelemetryValue['value'] {
  if (type === 'boolean') return value === true ? 1 : 0;
  const number = Number(value);
  return type === 'integer' && Number.isSafeInteger(number) ? number : value;
}
