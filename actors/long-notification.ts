// A notification that is the first block of a longer value (RFC 7959 s2.6, LwM2M Core 1.1.1 s6.4):
// the rest is read from the device, and the whole is stored like any other value. It is
// acknowledged when it is on disk; on a slow link once the device would send it again, but not
// before it is on disk that the value is missing: then it is asked for anew, also after a crash.

import type { InboundNotification, OutboundRequest, Outcome } from '../core/coap/exchange.ts';
import type { Message } from '../core/coap/message.ts';
import { isNewer, isSequenceNewer } from '../core/coap/observe.ts';
import { observe } from '../core/coap/options.ts';
import type { Milliseconds, Task, Ticket, Timer } from '../core/ports.ts';
import { contentOf } from './content.ts';
import { rowOf, type Device, type Observation, type Registration } from './device.ts';
import { targetContent } from './operation-request.ts';
import type { Host } from './host.ts';
import { Event } from './session.machine.ts';
import { baseOf, formatTarget } from '../core/lwm2m/target.ts';
import { storeValues, tellNotification } from './telemetry.ts';

/** Fetches what a notification begins; of one observation only what the newest one begins. */
export function fetchRest(
  host: Host, device: Device, observation: Observation, notification: InboundNotification,
): void {
  const registration = device.registration as Registration;
  const sequence = observe(notification.message) as number;
  const earlier = device.longNotifications.find((one) => one.observation === observation);
  if (earlier !== undefined && !isSequenceNewer(earlier.sequence, sequence)) {
    return host.layer.accept(notification);
  }
  if (earlier !== undefined) host.layer.cancel(earlier.request as OutboundRequest);
  const one = new LongNotification(host, device, registration, observation, notification, sequence);
  const content = targetContent(device, registration, observation.target, []);
  one.isMissing = earlier?.isMissing === true;
  one.request = host.layer.fetch(
    registration.peer, content, notification.message, (outcome) => one.onOutcome(outcome),
  );
  if (one.request === undefined) return one.onUnreadable('its blocks make no whole');
  device.longNotifications = [...device.longNotifications, one];
  one.awaitRetransmission();
}

export class LongNotification implements Task {
  readonly observation: Observation;
  readonly sequence: number;
  /** When the notification arrived: its value is as old as that (RFC 7641 s3.4). */
  readonly #arrivedAt: Milliseconds;
  request: OutboundRequest | undefined = undefined;
  readonly #host: Host;
  readonly #device: Device;
  readonly #registration: Registration;
  readonly #notification: InboundNotification;
  #timer: Timer | undefined = undefined;
  #isAnswered = false;
  /** It is to be acknowledged before its value comes. */
  #isLate = false;
  /** The observation's row says that a value is missing, of this one or one before. */
  isMissing = false;
  #isOver = false;

  constructor(
    host: Host, device: Device, registration: Registration, observation: Observation,
    notification: InboundNotification, sequence: number,
  ) {
    this.#host = host;
    this.#device = device;
    this.#registration = registration;
    this.observation = observation;
    this.#notification = notification;
    this.sequence = sequence;
    this.#arrivedAt = host.clock.now();
  }

  /** RFC 7252 s4.2: not before ACK_TIMEOUT. */
  awaitRetransmission(): void {
    const { clock } = this.#host;
    this.#timer = clock.schedule(clock.now() + this.#device.profile.ackTimeout, this);
  }

  onDue(_now: Milliseconds): void {
    this.#timer = undefined;
    if (this.#isOver) return this.#askAnew();
    this.#isLate = true;
    this.isMissing = true;
    const { observation } = this;
    if (observation.state === 'established') observation.state = 'wanted';
    // The device has the token, also after a restart that forgot its numbers: it is not void.
    if (observation.sequence === -1) {
      observation.sequence = this.sequence;
      observation.at = this.#arrivedAt;
    }
    const row = rowOf(this.#device);
    this.#acceptAfter(this.#host.store.commit([{ table: 'device', row }]));
  }

  onOutcome(outcome: Outcome): void {
    const device = this.#device;
    this.#isOver = true;
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer);
    this.#timer = undefined;
    device.longNotifications = device.longNotifications.filter((one) => one !== this);
    if (outcome.kind === 'response') {
      this.#host.hear(device, this.#host.clock.now());
      return this.#onWhole(outcome.message);
    }
    if (outcome.kind === 'incomplete') return this.onUnreadable(outcome.reason);
    // As if it had never come, so that its retransmission has another chance.
    if (!this.#isAnswered && !this.#isLate) this.#ignore();
    const { clock } = this.#host;
    // Not at once: who sleeps is in the middle of a step.
    if (this.isMissing) this.#timer = clock.schedule(clock.now(), this);
    if (outcome.kind !== 'unanswered' || device.registration !== this.#registration) return;
    const { queueMode } = this.#registration;
    this.#host.step(device, queueMode ? Event.UNANSWERED_QUEUE_MODE : Event.UNANSWERED);
  }

  /** The observation stays: the next notification may be readable. */
  onUnreadable(reason: string): void {
    const { log, counters } = this.#host;
    counters.undecodable++;
    const path = formatTarget(this.observation.target);
    log.warn('notification not understood', { endpoint: this.#device.endpoint, path, reason });
    this.#settle();
    this.#acceptAfter(this.#commitIfMissing());
  }

  #onWhole(message: Message): void {
    const now = this.#host.clock.now();
    const { observation, sequence } = this;
    const models = this.#host.models.of(this.#registration.objects);
    const entries = contentOf(baseOf(observation.target), message, now, models);
    if (!entries.ok) return this.onUnreadable(entries.reason);
    this.#settle();
    const isFresh = observation.sequence === -1 || observation.sequence === sequence
      || isNewer(observation, sequence, this.#arrivedAt);
    if (isFresh) {
      observation.sequence = sequence;
      observation.at = this.#arrivedAt;
      const [host, device, { target }] = [this.#host, this.#device, observation];
      const report = target.length === 1 ? 'alone' : 'together';
      const ticket = storeValues(host, device, entries.value, now, report);
      if (host.isWatched) tellNotification(host, device, target, entries.value, ticket);
    }
    this.#acceptAfter(this.#commitIfMissing());
  }

  #settle(): void {
    if (this.isMissing && this.observation.state === 'wanted') {
      this.observation.state = 'established';
    }
  }

  /** Its row says that the value is missing, which it no longer is. */
  #commitIfMissing(): Ticket {
    const changes = this.isMissing
      ? [{ table: 'device', row: rowOf(this.#device) } as const] : [];
    return this.#host.store.commit(changes);
  }

  /** The device has been told that its value arrived, and it did not. */
  #askAnew(): void {
    const { state } = this.observation;
    const isOpen = this.#device.longNotifications.some(
      ({ observation }) => observation === this.observation,
    );
    if (state !== 'wanted' || isOpen || this.#device.registration !== this.#registration) return;
    this.#host.step(this.#device, Event.WANTS_CHANGED, { persist: true });
  }

  #acceptAfter(ticket: Ticket): void {
    this.#host.afterCommit(ticket, () => {
      if (this.#isAnswered) return;
      this.#isAnswered = true;
      this.#host.layer.accept(this.#notification);
    });
  }

  #ignore(): void {
    this.#isAnswered = true;
    this.#host.layer.ignore(this.#notification);
  }
}
