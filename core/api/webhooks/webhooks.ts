// All webhooks, held in memory and written through. Deliveries are stored as they are made, so that
// a restart goes on with them; what happened in the last quarter of a second before a crash may be
// told to nobody, and what was sent just then may be sent again.

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock, Log, Milliseconds, Timer } from '../../ports.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { Database } from '../../store/database.ts';
import {
  addWebhook, listWebhooks, nextDelivery, removeWebhook, saveDeliveries, waitingDeliveries,
  type Delivery, type Webhook,
} from '../../store/webhooks.ts';
import type { LiveEvent, Management } from '../management.ts';
import type { MadeWebhook } from '../views.ts';
import { isWanted, webhookEventOf } from './event.ts';
import { WebhookQueue, type Attempt } from './queue.ts';

export const WEBHOOKS_MAX = 50;
/** How long events are gathered before they are sent together. */
export const GATHER: Milliseconds = 250;

/** Sends a body; rejects never, and follows no redirection. */
export type Post = (
  url: string, headers: Readonly<Record<string, string>>, body: string,
) => Promise<Attempt>;

interface Kept {
  readonly webhook: Webhook;
  readonly queue: WebhookQueue;
  isSending: boolean;
  timer: Timer | undefined;
}

export interface WebhookPorts {
  readonly management: Management;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly post: Post;
}

export class Webhooks {
  readonly #ports: WebhookPorts;
  readonly #kept = new Map<string, Kept>();
  #nextDelivery: number;
  #gathering: Timer | undefined;
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;

  private constructor(ports: WebhookPorts, first: number) {
    this.#ports = ports;
    this.#nextDelivery = first;
  }

  static async open(ports: WebhookPorts): Promise<Webhooks> {
    const webhooks = new Webhooks(ports, await nextDelivery(ports.db));
    const waiting = await waitingDeliveries(ports.db);
    for (const webhook of await listWebhooks(ports.db)) {
      webhooks.#keep(webhook, waiting.filter((one) => one.webhook === webhook.id));
    }
    webhooks.#listen();
    return webhooks;
  }

  /** With how much waits for each and how much found no room since the start. */
  list(): { readonly webhook: Webhook; readonly waiting: number; readonly dropped: number }[] {
    return [...this.#kept.values()].map(({ webhook, queue }) =>
      ({ webhook, waiting: queue.waiting, dropped: queue.dropped }));
  }

  async make(
    about: Pick<Webhook, 'url' | 'events' | 'devices' | 'paths'>, by: string,
  ): Promise<Result<MadeWebhook>> {
    if (this.#kept.size >= WEBHOOKS_MAX) return fail(`There are ${WEBHOOKS_MAX} webhooks already.`);
    const { url, events, devices, paths } = about;
    const webhook: Webhook = {
      id: randomBytes(6).toString('hex'), secret: randomBytes(32).toString('base64url'), url,
      events, devices, paths, createdBy: by, createdAt: this.#ports.clock.now(),
    };
    this.#keep(webhook, []);
    this.#listen();
    await addWebhook(this.#ports.db, webhook);
    return ok({ id: webhook.id, secret: webhook.secret });
  }

  /** False when there is none. */
  async remove(id: string): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (kept === undefined) return false;
    this.#kept.delete(id);
    if (kept.timer !== undefined) this.#ports.clock.cancel(kept.timer);
    this.#listen();
    await removeWebhook(this.#ports.db, id);
    return true;
  }

  /** Nothing more is heard; what was gathered is on disk for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe?.();
    for (const timer of [this.#gathering, ...[...this.#kept.values()].map((one) => one.timer)]) {
      if (timer !== undefined) this.#ports.clock.cancel(timer);
    }
    await this.#gather();
  }

  #keep(webhook: Webhook, waiting: readonly Delivery[]): void {
    const queue = new WebhookQueue(webhook.id, waiting);
    const kept: Kept = { webhook, queue, isSending: false, timer: undefined };
    this.#kept.set(webhook.id, kept);
    this.#goOn(kept);
  }

  /** Hears values only as long as some webhook wants them. */
  #listen(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    if (this.#kept.size === 0) return;
    const hearsValues = [...this.#kept.values()]
      .some(({ webhook }) => webhook.events.includes('value'));
    this.#unsubscribe = this.#ports.management.subscribe(
      (event) => this.#onEvent(event), hearsValues);
  }

  #onEvent(live: LiveEvent): void {
    const { clock } = this.#ports;
    const event = webhookEventOf(live);
    if (event === undefined) return;
    for (const { webhook, queue } of this.#kept.values()) {
      if (!isWanted(event, webhook)) continue;
      queue.offer(event);
      this.#gathering ??= clock.schedule(clock.now() + GATHER, { onDue: () => this.#flush() });
    }
  }

  #flush(): void {
    this.#gathering = undefined;
    this.#gather().then(() => {
      for (const kept of this.#kept.values()) this.#goOn(kept);
    }, (error: Error) => this.#ports.log.error('webhooks: not stored', { reason: error.message }));
  }

  async #gather(): Promise<void> {
    const now = this.#ports.clock.now();
    const made = [...this.#kept.values()]
      .flatMap(({ queue }) => queue.gather(now, () => this.#nextDelivery++));
    if (made.length > 0) await saveDeliveries(this.#ports.db, made);
  }

  /** Sends what is due, or waits for its time. */
  #goOn(kept: Kept): void {
    const { clock } = this.#ports;
    const next = kept.queue.next();
    if (next === undefined || kept.isSending || kept.timer !== undefined || this.#isClosed) return;
    if (next.nextAt <= clock.now()) void this.#send(kept, next);
    else {
      kept.timer = clock.schedule(next.nextAt, { onDue: () => {
        kept.timer = undefined;
        this.#goOn(kept);
      } });
    }
  }

  async #send(kept: Kept, { id, body }: Delivery): Promise<void> {
    const { clock, post, db, log } = this.#ports;
    const { webhook, queue } = kept;
    kept.isSending = true;
    const seconds = String(Math.floor(clock.now() / 1_000));
    const attempt = await post(webhook.url, {
      'content-type': 'application/json',
      'flownexus-delivery': String(id),
      'flownexus-timestamp': seconds,
      'flownexus-signature': `sha256=${signatureOf(webhook.secret, seconds, body)}`,
    }, body);
    kept.isSending = false;
    if (this.#isClosed || this.#kept.get(webhook.id) !== kept) return;
    const changed = queue.attempted(attempt, clock.now());
    if (changed?.state === 'given up') {
      // The rest of an address often is a secret.
      const { host } = new URL(webhook.url);
      log.warn('webhook: a delivery is given up', { webhook: webhook.id, host,
        reason: changed.outcome });
    }
    // Losing this write sends it once more after a restart; a failing disk stops the process.
    if (changed !== undefined) await saveDeliveries(db, [changed]).catch(() => undefined);
    this.#goOn(kept);
  }
}

/** HMAC-SHA-256 over `TIMESTAMP.BODY`, so that neither can be exchanged for another. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
