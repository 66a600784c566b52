// What a webhook tells: live events of the server in the plain JSON of the API, and which webhook
// wants which.

import { matches } from '../../endpoint-pattern.ts';
import type { Milliseconds } from '../../ports.ts';
import type { TelemetryRow } from '../../store/changes.ts';
import type { Webhook, WebhookEventType } from '../../store/webhooks.ts';
import type { LiveEvent } from '../management.ts';
import { operationView, valueView } from '../present.ts';
import type { OperationView, ValueView } from '../views.ts';

/** Longer texts of values are left to telemetry. */
export const VALUE_TEXT_MAX = 1_024;

interface About {
  readonly device: string;
  readonly at: Milliseconds;
}

export type WebhookEvent = About & (
  | { readonly type: Exclude<WebhookEventType, 'operation' | 'value'>; readonly detail: string }
  | { readonly type: 'operation'; readonly operation: OperationView }
  | ({
    readonly type: 'value'; readonly path: string; readonly receivedAt: Milliseconds;
    readonly sequence: number; readonly isCut: boolean;
  } & { readonly value: ValueView })
);

/** Undefined for what webhooks do not tell. */
export function webhookEventOf(event: LiveEvent): WebhookEvent | undefined {
  switch (event.kind) {
    case 'event': {
      const { type, at, detail } = event.row;
      return { type, device: event.endpoint, at, detail };
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

function valueEvent(device: string, row: TelemetryRow): WebhookEvent {
  const { object, instance, resource, resourceInstance, sequence } = row;
  const single = `/${object}/${instance}/${resource}`;
  const value = valueView(row.value);
  const isCut = typeof value.value === 'string' && value.value.length > VALUE_TEXT_MAX;
  return {
    type: 'value', device, at: row.deviceTime, receivedAt: row.receiveTime, sequence,
    path: resourceInstance === -1 ? single : `${single}/${resourceInstance}`,
    value: isCut ? { ...value, value: String(value.value).slice(0, VALUE_TEXT_MAX) } : value,
    isCut,
  };
}
