// A simulated LwM2M client: registers, updates, answers reads and observations, notifies, sleeps.
// The same in virtual time and over real sockets; it shares the message layer with the server and
// nothing else, so that it holds its own truth.

import { MessageLayer, type InboundRequest, type Outcome } from '../core/coap/exchange.ts';
import { Code, CON, NO_BYTES, OptionNumber } from '../core/coap/message.ts';
import { nextSequence } from '../core/coap/observe.ts';
import {
  accept, locationPath, observe, stringOptionOf, uintOptionOf, uriPath,
} from '../core/coap/options.ts';
import { toHex } from '../core/bytes.ts';
import { ContentFormat, encodePayload } from '../core/lwm2m/content-format.ts';
import { parsePath, type Path } from '../core/lwm2m/path.ts';
import type {
  Clock, Milliseconds, Peer, Random, Seconds, Timer, Transport,
} from '../core/ports.ts';
import type { Resources } from './resources.ts';

export interface DeviceOptions {
  readonly endpoint: string;
  readonly lifetime: Seconds;
  readonly resources: Resources;
  /** How often each observed path is reported. */
  readonly notifyEvery: Milliseconds;
  /** How long it listens after it last sent; undefined: always. */
  readonly awake: Milliseconds | undefined;
}

export interface DevicePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  /** The server as a peer of this device. */
  readonly server: Peer;
}

interface Observed {
  readonly path: Path;
  readonly format: number;
  readonly token: Uint8Array;
  sequence: number;
}

/** An Update leaves this long before the lifetime ends, as Zephyr's does. */
const UPDATE_MARGIN: Milliseconds = 10_000;
const REGISTER_RETRY: Milliseconds = 30_000;
const FORMATS = [ContentFormat.SENML_CBOR, ContentFormat.TLV];
const ACK_TIMEOUT: Milliseconds = 2000;

export class SimulatedDevice {
  readonly options: DeviceOptions;
  /** What the device knows to be true; oracles compare the server with it. */
  location: string | undefined;
  readonly observed = new Map<string, Observed>();
  /** Notifications the server acknowledged. */
  acknowledged = 0;
  registrations = 0;
  readonly #ports: DevicePorts;
  #layer: MessageLayer;
  #timers = new Set<Timer>();
  /** One at a time, however often it registered. */
  #nextUpdate: Timer | undefined;
  #awakeUntil: Milliseconds = Infinity;

  constructor(ports: DevicePorts, options: DeviceOptions) {
    this.#ports = ports;
    this.options = options;
    this.#layer = this.#newLayer();
  }

  /** Power on: registers and then reports what is observed. */
  start(): void {
    this.#register();
    this.#every(this.options.notifyEvery, () => this.#notifyAll());
  }

  /** Power off without a word; what was observed is forgotten. */
  stop(): void {
    for (const timer of this.#timers) this.#ports.clock.cancel(timer);
    this.#timers.clear();
    this.#layer.forget(this.#ports.server);
    this.#layer = this.#newLayer();
    this.observed.clear();
    this.location = undefined;
  }

  deregister(): void {
    if (this.location === undefined) return;
    this.#send(Code.DELETE, this.location.split('/'), [], NO_BYTES, () => this.stop());
  }

  receive(datagram: Uint8Array): void {
    // A radio that is off hears nothing (LwM2M Transport 1.1.1 s6.5).
    if (this.#ports.clock.now() > this.#awakeUntil) return;
    const received = this.#layer.receive(this.#ports.server, datagram);
    if (received.kind === 'request') this.#onRequest(received.request);
    // A client expects no notifications: RFC 7252 s4.2 rejects what has no context.
    else if (received.kind === 'notification') this.#layer.reject(received.notification);
  }

  // --- registration (LwM2M Core 1.1.1 s6.2)

  #register(): void {
    const { endpoint, lifetime, awake, resources } = this.options;
    const query = [`ep=${endpoint}`, `lt=${lifetime}`, 'lwm2m=1.1', 'b=U'];
    if (awake !== undefined) query.push('Q');
    // LwM2M Core s6.2: a registration voids the observations of the one before. Now and not at the
    // 2.01: that may be lost or late, and the first requests of the server overtake it.
    this.observed.clear();
    const body = new TextEncoder().encode(resources.links(FORMATS));
    this.#send(Code.POST, ['rd'], query, body, (outcome) => {
      if (outcome.kind !== 'response' || outcome.message.code !== Code.CREATED) {
        this.#after(REGISTER_RETRY, () => this.#register());
        return;
      }
      this.location = locationPath(outcome.message).join('/');
      this.registrations++;
      this.#scheduleUpdate();
    });
  }

  #scheduleUpdate(): void {
    const lifetime = this.options.lifetime * 1000;
    const margin = Math.min(UPDATE_MARGIN, lifetime / 2);
    this.#cancel(this.#nextUpdate);
    this.#nextUpdate = this.#after(lifetime - margin, () => this.update());
  }

  update(): void {
    if (this.location === undefined) return;
    this.#send(Code.POST, this.location.split('/'), [], NO_BYTES, (outcome) => {
      const isUpdated = outcome.kind === 'response' && outcome.message.code === Code.CHANGED;
      if (isUpdated) this.#scheduleUpdate();
      else this.#register();
    });
  }

  #send(
    code: number, path: readonly string[], query: readonly string[], payload: Uint8Array,
    done: (outcome: Outcome) => void,
  ): void {
    const options = path.map((segment) => stringOptionOf(OptionNumber.URI_PATH, segment));
    if (payload.length > 0) {
      options.push(uintOptionOf(OptionNumber.CONTENT_FORMAT, ContentFormat.LINK));
    }
    for (const item of query) options.push(stringOptionOf(OptionNumber.URI_QUERY, item));
    this.#layer.request(this.#ports.server, { code, options, payload }, (outcome) => {
      if (outcome.kind !== 'cancelled') done(outcome);
    });
  }

  // --- requests of the server

  #onRequest(request: InboundRequest): void {
    const { message } = request;
    const path = parsePath(uriPath(message).join('/'));
    if (message.code !== Code.GET) {
      return this.#layer.respond(request, { code: Code.METHOD_NOT_ALLOWED });
    }
    const format = accept(message) ?? ContentFormat.TLV;
    const payload = path.ok ? this.#read(path.value, format) : undefined;
    if (!path.ok || payload === undefined) {
      return this.#layer.respond(request, { code: Code.NOT_FOUND });
    }
    const options = [uintOptionOf(OptionNumber.CONTENT_FORMAT, format)];
    const token = toHex(message.token);
    const wish = observe(message);
    if (wish === 1) this.observed.delete(token);
    if (wish === 0) {
      this.observed.set(token, { path: path.value, format, token: message.token, sequence: 0 });
      options.unshift(uintOptionOf(OptionNumber.OBSERVE, 0));
    }
    this.#layer.respond(request, { code: Code.CONTENT, options, payload });
  }

  #read(path: Path, format: number): Uint8Array | undefined {
    const entries = this.options.resources.read(path, this.#ports.clock.now());
    if (entries.length === 0) return undefined;
    const payload = encodePayload(format, path, entries);
    return payload.ok ? payload.value : undefined;
  }

  // --- notifications (RFC 7641)

  #notifyAll(): void {
    for (const observed of [...this.observed.values()]) this.#notify(observed);
  }

  #notify(observed: Observed): void {
    const payload = this.#read(observed.path, observed.format);
    if (payload === undefined) return;
    observed.sequence = nextSequence(observed.sequence);
    this.#layer.notify(this.#ports.server, {
      type: CON, code: Code.CONTENT, token: observed.token, payload,
      options: [
        uintOptionOf(OptionNumber.OBSERVE, observed.sequence),
        uintOptionOf(OptionNumber.CONTENT_FORMAT, observed.format),
      ],
    }, (outcome) => {
      if (outcome.kind === 'acknowledged') this.acknowledged++;
      else if (outcome.kind === 'rejected') this.observed.delete(toHex(observed.token));
      else if (outcome.kind === 'unanswered') this.#onSilence();
    });
  }

  /** Zephyr answers silence with a full Register, ahead of all that waits to be reported. */
  #onSilence(): void {
    this.#layer.forget(this.#ports.server);
    this.#register();
  }

  // --- time

  #after(delay: Milliseconds, act: () => void): Timer {
    const timer = this.#ports.clock.schedule(this.#ports.clock.now() + delay, {
      onDue: () => {
        this.#timers.delete(timer);
        act();
      },
    });
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: Timer | undefined): void {
    if (timer === undefined) return;
    this.#ports.clock.cancel(timer);
    this.#timers.delete(timer);
  }

  #every(period: Milliseconds, act: () => void): void {
    this.#after(period, () => {
      act();
      this.#every(period, act);
    });
  }

  #newLayer(): MessageLayer {
    const { clock, random, transport } = this.#ports;
    return new MessageLayer({
      clock, random, ackTimeout: () => ACK_TIMEOUT, messageIdSeed: random.uint32(),
      transport: {
        send: (peer, datagram) => {
          const { awake } = this.options;
          // Sending turns the radio on, and it listens on for a while.
          if (awake !== undefined) this.#awakeUntil = clock.now() + awake;
          transport.send(peer, datagram);
        },
      },
    });
  }
}
