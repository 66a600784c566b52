// Webhooks and the log of what was delivered to them. Every promise of a change resolves when it is
// on disk.

import type { Milliseconds } from '../ports.ts';
import type { SessionEventType } from './changes.ts';
import type { Database, Row, Statement } from './database.ts';

const SESSION_EVENTS = [
  'registered', 'updated', 'deregistered', 'expired', 'reconnected', 'overdue',
] as const satisfies readonly SessionEventType[];

/** `report`: what a device said by itself, as a Send or as a rule of its profile makes an event. */
export const WEBHOOK_EVENTS = [
  ...SESSION_EVENTS, 'report', 'alert', 'operation', 'value',
] as const;
export type WebhookEventType = typeof WEBHOOK_EVENTS[number];

export function isSessionEvent(type: string): type is SessionEventType {
  return (SESSION_EVENTS as readonly string[]).includes(type);
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly events: readonly WebhookEventType[];
  /** An endpoint pattern. */
  readonly devices: string;
  /** Of values: each with all below it. */
  readonly paths: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Milliseconds;
}

/** Several events that are sent together, until they arrive or are given up. */
export interface Delivery {
  readonly id: number;
  readonly webhook: string;
  readonly state: 'waiting' | 'delivered' | 'given up';
  /** How many are in it. */
  readonly events: number;
  readonly body: string;
  readonly attempts: number;
  /** What the last attempt came to; empty before the first. */
  readonly outcome: string;
  readonly createdAt: Milliseconds;
  readonly changedAt: Milliseconds;
  /** When it is tried next, as long as it waits. */
  readonly nextAt: Milliseconds;
}

/** Ended deliveries that are kept of each webhook. */
export const DELIVERIES_KEPT = 200;

export async function listWebhooks(db: Database): Promise<Webhook[]> {
  const rows = await db.query(`SELECT *, epoch_ms(created_at) AS created FROM webhook
    ORDER BY created_at, id`);
  return rows.map((row) => ({
    id: String(row['id']),
    url: String(row['url']),
    secret: String(row['secret']),
    events: JSON.parse(String(row['events'])) as WebhookEventType[],
    devices: String(row['devices']),
    paths: JSON.parse(String(row['paths'])) as string[],
    createdBy: String(row['created_by']),
    createdAt: Number(row['created']),
  }));
}

export async function addWebhook(db: Database, webhook: Webhook): Promise<void> {
  const { id, url, secret, events, devices, paths, createdBy, createdAt } = webhook;
  await db.write([{
    sql: 'INSERT INTO webhook VALUES ($1, $2, $3, $4, $5, $6, $7, epoch_ms($8::BIGINT))',
    values: [
      id, url, secret, JSON.stringify(events), devices, JSON.stringify(paths), createdBy, createdAt,
    ],
  }]);
}

export async function removeWebhook(db: Database, id: string): Promise<void> {
  await db.write([
    { sql: 'DELETE FROM webhook WHERE id = $1', values: [id] },
    { sql: 'DELETE FROM webhook_delivery WHERE webhook = $1', values: [id] },
  ]);
}

/** Puts each in the place of what was known of it. */
export async function saveDeliveries(
  db: Database, changed: readonly Delivery[],
): Promise<void> {
  await db.write(changed.flatMap(savingOf));
}

export async function nextDelivery(db: Database): Promise<number> {
  const [row] = await db.query('SELECT coalesce(max(id), 0) + 1 AS next FROM webhook_delivery');
  return Number(row?.['next']);
}

/** Those still to be delivered, in their order. */
export async function waitingDeliveries(db: Database): Promise<Delivery[]> {
  return (await db.query(`${SELECT} WHERE state = 'waiting' ORDER BY id`)).map(deliveryOf);
}

/** Newest first. */
export async function deliveries(
  db: Database, query: {
    readonly webhook: string; readonly before?: number | undefined; readonly limit: number;
  },
): Promise<Delivery[]> {
  const rows = await db.query(`${SELECT}
    WHERE webhook = $1 AND ($2::BIGINT IS NULL OR id < $2::BIGINT) ORDER BY id DESC LIMIT $3`,
  [query.webhook, query.before ?? null, query.limit]);
  return rows.map(deliveryOf);
}

const SELECT = `SELECT *, epoch_ms(created_at) AS created, epoch_ms(changed_at) AS changed,
  epoch_ms(next_at) AS due FROM webhook_delivery`;

function savingOf(delivery: Delivery): Statement[] {
  const { id, webhook, state, events, body, attempts, outcome } = delivery;
  return [
    { sql: 'DELETE FROM webhook_delivery WHERE id = $1', values: [id] },
    {
      sql: `INSERT INTO webhook_delivery VALUES ($1, $2, $3, $4, $5, $6, $7,
        epoch_ms($8::BIGINT), epoch_ms($9::BIGINT), epoch_ms($10::BIGINT))`,
      values: [
        id, webhook, state, events, body, attempts, outcome, delivery.createdAt,
        delivery.changedAt, delivery.nextAt,
      ],
    },
    ...(state === 'waiting' ? [] : [{
      sql: `DELETE FROM webhook_delivery WHERE webhook = $1 AND state <> 'waiting' AND id <= (
        SELECT id FROM webhook_delivery WHERE webhook = $1 AND state <> 'waiting'
        ORDER BY id DESC LIMIT 1 OFFSET ${DELIVERIES_KEPT})`,
      values: [webhook],
    }]),
  ];
}

function deliveryOf(row: Row): Delivery {
  return {
    id: Number(row['id']),
    webhook: String(row['webhook']),
    state: row['state'] as Delivery['state'],
    events: Number(row['events']),
    body: String(row['body']),
    attempts: Number(row['attempts']),
    outcome: String(row['outcome']),
    createdAt: Number(row['created']),
    changedAt: Number(row['changed']),
    nextAt: Number(row['due']),
  };
}
