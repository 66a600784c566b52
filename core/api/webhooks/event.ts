// What a webhook tells: live events of the server in the plain JSON of the API, and which webhook
// wants which.

import { matches } from '../../endpoint-pattern.ts';
import { formatPath } from '../../lwm2m/path.ts';
import type { Milliseconds } from '../../ports.ts';
import type { EventRow, SessionEventType, TelemetryRow } from '../../store/changes.ts';
import { pathOfRow } from '../../store/row-path.ts';
import { isSessionEvent, type Webhook } from '../../store/webhooks.ts';
import type { Alert, AlertTurn, LiveEvent } from '../management.ts';
import { operationView, valueView } from '../present.ts';
import type { OperationView, ValueView } from '../views.ts';

/** Longer texts of values are left to telemetry. */
export const VALUE_TEXT_MAX = 1_024;

interface About {
  readonly device: string;
  readonly at: Milliseconds;
}

export type WebhookEvent = About & (
  | { readonly type: SessionEventType; readonly detail: string }
  /** `name` is the type that the event is stored with, `sequences` are those of its values. */
  | {
    readonly type: 'report'; readonly name: string; readonly detail: string;
    readonly sequences: readonly number[];
  }
  | {
    readonly type: 'alert'; readonly turn: AlertTurn; readonly alert: Omit<Alert, 'endpoint'>;
  }
  | { readonly type: 'operation'; readonly operation: OperationView }
  | ({
    readonly type: 'value'; readonly path: string; readonly receivedAt: Milliseconds;
    readonly sequence: number; readonly isCut: boolean;
  } & { readonly value: ValueView })
);

/** Undefined for what webhooks do not tell. */
export function webhookEventOf(event: LiveEvent): WebhookEvent | undefined {
  switch (event.kind) {
    case 'event': return happened(event.endpoint, event.row);
    case 'alert': {
      const { device: _, ...alert } = event.row;
      // Held back by a mute, at whose end it is raised.
      if (alert.raisedAt > event.at) return undefined;
      return {
        type: 'alert', device: event.endpoint, at: event.at, turn: event.turn, alert,
      };
    }
    case 'operation': {
      const operation = operationView(event.row);
      return { type: 'operation', device: event.endpoint, at: operation.changedAt, operation };
    }
    case 'value': return valueEvent(event.endpoint, event.row);
    default: return undefined;
  }
}

export function isWanted(event: WebhookEvent, { events, devices, paths }: Webhook): boolean {
  return events.includes(event.type) && matches(devices, event.device)
    && (event.type !== 'value' || paths.some((path) => isAtOrBelow(event.path, path)));
}

function isAtOrBelow(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}

function happened(device: string, { type, at, detail, sequences }: EventRow): WebhookEvent {
  return isSessionEvent(type) ? { type, device, at, detail }
    : { type: 'report', device, at, name: type, detail, sequences };
}

function valueEvent(device: string, row: TelemetryRow): WebhookEvent {
  const value = valueView(row.value);
  const isCut = typeof value.value === 'string' && value.value.length > VALUE_TEXT_MAX;
  return {
    type: 'value', device, at: row.deviceTime, receivedAt: row.receiveTime,
    sequence: row.sequence, path: formatPath(pathOfRow(row)),
    value: isCut ? { ...value, value: String(value.value).slice(0, VALUE_TEXT_MAX) } : value,
    isCut,
  };
}
