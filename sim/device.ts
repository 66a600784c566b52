// A simulated LwM2M client: registers, updates, answers reads and observations, notifies, sleeps.
// The same in virtual time and over real sockets; it shares the message layer with the server and
// nothing else, so that it holds its own truth.

import type { InboundRequest, NotifyOutcome, Outcome } from '../core/coap/exchange.ts';
import { Code, CON, NO_BYTES, NON, type Option, OptionNumber } from '../core/coap/message.ts';
import { nextSequence } from '../core/coap/observe.ts';
import {
  accept, locationPath, observe, stringOptionOf, uintOptionOf, uriPath,
} from '../core/coap/options.ts';
import { toHex } from '../core/bytes.ts';
import { ContentFormat, encodePayload } from '../core/lwm2m/content-format.ts';
import { parsePath, type Path } from '../core/lwm2m/path.ts';
import type { Address, Milliseconds, Peer, Random, Seconds } from '../core/ports.ts';
import { Alarm } from './alarm.ts';
import { behavioursOf, type Behaviour } from './behaviours/behaviour.ts';
import type { DeviceLayer } from './device-layer.ts';
import type { DeviceNews } from './observer.ts';
import type { Resources } from './resources.ts';
import type { Vice } from './scenario/model.ts';

export interface DeviceOptions {
  readonly endpoint: string;
  readonly lifetime: Seconds;
  readonly resources: Resources;
  /** How often each observed path is reported. */
  readonly notifyEvery: Milliseconds;
  /** How long it listens after it last sent; undefined: always. */
  readonly awake: Milliseconds | undefined;
  /** Turns the radio off as soon as an Update or a notification of its own is acknowledged. */
  readonly closesAfterAck?: boolean;
  /** Undefined: notifications are confirmable. */
  readonly confirmable?: boolean;
  readonly vices?: readonly Vice[];
  /** Tells devices apart that share their resources; see resources.ts. */
  readonly variant?: number;
  /** Names a radio model of sim/energy/; undefined: mains-powered. */
  readonly radio?: string | undefined;
  /** The fleet it belongs to. */
  readonly fleet?: string;
}

/** What a device needs of its world. */
export interface DevicePorts {
  readonly layer: DeviceLayer;
  /** The device's own stream. */
  readonly random: Random;
  readonly uplink: Uplink;
}

export interface Uplink {
  /** To the server. */
  send(datagram: Uint8Array): void;
  /** The device has something to tell to those who watch. */
  tell?(device: SimulatedDevice, what: DeviceNews): void;
}

export interface Observed {
  readonly path: Path;
  readonly format: number;
  readonly token: Uint8Array;
  sequence: number;
}

/** An Update leaves this long before the lifetime ends, as Zephyr's does. */
const UPDATE_MARGIN: Milliseconds = 10_000;
const REGISTER_RETRY: Milliseconds = 30_000;
/** From power on to the first datagram after a reboot. */
const BOOT: Milliseconds = 3000;
const FORMATS = [ContentFormat.SENML_CBOR, ContentFormat.TLV];
const NO_BEHAVIOURS: readonly Behaviour[] = [];

const encoder = new TextEncoder();
/** Every message says the format of its payload, and there are few. */
const formatOptions = new Map<number, Option>();

function formatOption(format: number): Option {
  let option = formatOptions.get(format);
  if (option === undefined) {
    option = uintOptionOf(OptionNumber.CONTENT_FORMAT, format);
    formatOptions.set(format, option);
  }
  return option;
}

export class SimulatedDevice implements Peer {
  readonly options: DeviceOptions;
  /** Counts the devices of a world from 1. */
  readonly id: number;
  readonly listener = 0;
  readonly security = 'none';
  /** Not where it is but who: its Message IDs start from here, wherever it moves. */
  readonly address: Address;
  readonly random: Random;
  /** What the device knows to be true; oracles compare the server with it. */
  location: string | undefined;
  /** By token in hex. */
  readonly observed = new Map<string, Observed>();
  /** Notifications the server acknowledged. */
  acknowledged = 0;
  registrations = 0;
  readonly #layer: DeviceLayer;
  readonly #uplink: Uplink;
  readonly #behaviours: readonly Behaviour[];
  readonly #renewal = new Alarm<SimulatedDevice>(this, SimulatedDevice.#onRenewalDue);
  readonly #report = new Alarm<SimulatedDevice>(this, SimulatedDevice.#onReportDue);
  #isOn = false;
  #awakeUntil: Milliseconds = Infinity;

  constructor({ layer, random, uplink }: DevicePorts, options: DeviceOptions) {
    this.options = options;
    this.id = layer.nextId();
    this.address = { host: options.endpoint, port: 0 };
    this.random = random;
    this.#layer = layer;
    this.#uplink = uplink;
    const { vices = [] } = options;
    this.#behaviours = vices.length === 0 ? NO_BEHAVIOURS
      : behavioursOf(vices, { device: this, clock: layer.clock, random: random.fork('vices') });
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Whether it believes the server knows it. */
  get isRegistered(): boolean {
    return this.location !== undefined;
  }

  /** Whether the radio would hear a datagram now (LwM2M Transport 1.1.1 s6.5). */
  get isListening(): boolean {
    return this.#isOn && this.#layer.clock.now() <= this.#awakeUntil;
  }

  /** Power on: registers and then reports what is observed. */
  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#awakeUntil = this.options.awake === undefined ? Infinity : this.#layer.clock.now();
    this.#tell('started');
    this.#register();
    this.#setAlarm(this.#report, this.options.notifyEvery);
    for (const behaviour of this.#behaviours) behaviour.started?.();
  }

  /** Power off without a word; what was observed is forgotten. */
  stop(): void {
    this.#renewal.clear(this.#layer.clock);
    this.#report.clear(this.#layer.clock);
    this.#layer.messages.forget(this);
    this.observed.clear();
    this.location = undefined;
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#tell('stopped');
  }

  /** Off, and on again once it has booted. */
  reboot(): void {
    this.stop();
    this.#setAlarm(this.#renewal, BOOT);
  }

  deregister(): void {
    if (this.location === undefined) return;
    this.#send(Code.DELETE, this.location.split('/'), [], NO_BYTES, () => this.stop());
  }

  /** A datagram reaches the antenna. */
  receive(datagram: Uint8Array): void {
    if (!this.isListening) return;
    this.#hear(datagram, 0);
  }

  /** Of the message layer: a datagram leaves, if the device's behaviours let it. */
  transmit(datagram: Uint8Array): void {
    // Sending turns the radio on, and it listens on for a while.
    const { awake } = this.options;
    if (awake !== undefined) this.#awakeUntil = this.#layer.clock.now() + awake;
    this.#speak(datagram, 0);
  }

  #hear(datagram: Uint8Array, depth: number): void {
    const behaviour = this.#behaviours[depth];
    if (behaviour === undefined) this.#take(datagram);
    else if (behaviour.incoming === undefined) this.#hear(datagram, depth + 1);
    else behaviour.incoming(datagram, (passed) => this.#hear(passed, depth + 1));
  }

  #speak(datagram: Uint8Array, depth: number): void {
    const behaviour = this.#behaviours[depth];
    if (behaviour === undefined) this.#uplink.send(datagram);
    else if (behaviour.outgoing === undefined) this.#speak(datagram, depth + 1);
    else behaviour.outgoing(datagram, (passed) => this.#speak(passed, depth + 1));
  }

  #take(datagram: Uint8Array): void {
    // A behaviour may hold a datagram back until the device is off.
    if (!this.#isOn) return;
    const { messages } = this.#layer;
    const received = messages.receive(this, datagram);
    if (received.kind === 'request') this.#onRequest(received.request);
    // A client expects no notifications: RFC 7252 s4.2 rejects what has no context.
    else if (received.kind === 'notification') messages.reject(received.notification);
  }

  // --- registration (LwM2M Core 1.1.1 s6.2)

  #register(): void {
    const { endpoint, lifetime, awake, resources } = this.options;
    const query = [`ep=${endpoint}`, `lt=${lifetime}`, 'lwm2m=1.1', 'b=U'];
    if (awake !== undefined) query.push('Q');
    // LwM2M Core s6.2: a registration voids the observations of the one before. Now and not at the
    // 2.01: that may be lost or late, and the first requests of the server overtake it.
    this.observed.clear();
    this.location = undefined;
    this.#renewal.clear(this.#layer.clock);
    const body = encoder.encode(resources.links(FORMATS));
    this.#send(Code.POST, ['rd'], query, body, (outcome) => {
      if (outcome.kind !== 'response' || outcome.message.code !== Code.CREATED) {
        this.#setAlarm(this.#renewal, REGISTER_RETRY);
        return;
      }
      this.location = locationPath(outcome.message).join('/');
      this.registrations++;
      this.#tell('registered');
      this.#scheduleUpdate();
    });
  }

  #scheduleUpdate(): void {
    const lifetime = this.options.lifetime * 1000;
    const margin = Math.min(UPDATE_MARGIN, lifetime / 2);
    this.#setAlarm(this.#renewal, lifetime - margin);
  }

  update(): void {
    if (this.location === undefined) return;
    this.#send(Code.POST, this.location.split('/'), [], NO_BYTES, (outcome) => {
      const isUpdated = outcome.kind === 'response' && outcome.message.code === Code.CHANGED;
      if (!isUpdated) return this.#register();
      this.#scheduleUpdate();
      this.#closeAfterAck();
    });
  }

  static #onRenewalDue(this: void, device: SimulatedDevice): void {
    if (!device.#isOn) device.start();
    else if (device.location === undefined) device.#register();
    else device.update();
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
    this.#layer.messages.request(this, { code, options, payload }, (outcome) => {
      if (outcome.kind !== 'cancelled') done(outcome);
    });
  }

  // --- requests of the server

  #onRequest(request: InboundRequest): void {
    const { messages } = this.#layer;
    const { message } = request;
    const path = parsePath(uriPath(message).join('/'));
    if (message.code !== Code.GET) {
      return messages.respond(request, { code: Code.METHOD_NOT_ALLOWED });
    }
    const format = accept(message) ?? ContentFormat.TLV;
    const payload = path.ok ? this.#read(path.value, format) : undefined;
    if (!path.ok || payload === undefined) {
      return messages.respond(request, { code: Code.NOT_FOUND });
    }
    const options = [formatOption(format)];
    const token = toHex(message.token);
    const wish = observe(message);
    if (wish === 1) this.observed.delete(token);
    if (wish === 0) {
      this.observed.set(token, { path: path.value, format, token: message.token, sequence: 0 });
      options.unshift(uintOptionOf(OptionNumber.OBSERVE, 0));
    }
    messages.respond(request, { code: Code.CONTENT, options, payload });
  }

  #read(path: Path, format: number): Uint8Array | undefined {
    let now = this.#layer.clock.now();
    for (const behaviour of this.#behaviours) now = behaviour.clock?.(now) ?? now;
    let entries = this.options.resources.read(path, now, this.options.variant);
    for (const behaviour of this.#behaviours) entries = behaviour.said?.(entries) ?? entries;
    if (entries.length === 0) return undefined;
    const payload = encodePayload(format, path, entries);
    return payload.ok ? payload.value : undefined;
  }

  // --- notifications (RFC 7641)

  static #onReportDue(this: void, device: SimulatedDevice): void {
    device.#setAlarm(device.#report, device.options.notifyEvery);
    for (const observed of device.observed.values()) device.#notify(observed);
  }

  #notify(observed: Observed): void {
    const payload = this.#read(observed.path, observed.format);
    if (payload === undefined) return;
    observed.sequence = nextSequence(observed.sequence);
    this.#tell('notified');
    this.#layer.messages.notify(this, {
      type: this.options.confirmable === false ? NON : CON,
      code: Code.CONTENT, token: observed.token, payload,
      options: [
        uintOptionOf(OptionNumber.OBSERVE, observed.sequence),
        formatOption(observed.format),
      ],
    }, (outcome) => this.#onNotified(observed, outcome));
  }

  #onNotified(observed: Observed, { kind }: NotifyOutcome): void {
    if (kind === 'acknowledged') {
      this.acknowledged++;
      this.#tell('acknowledged');
      this.#closeAfterAck();
    } else if (kind === 'rejected') {
      this.observed.delete(toHex(observed.token));
    } else if (kind === 'unanswered') {
      this.#onSilence();
    }
  }

  /** Zephyr answers silence with a full Register, ahead of all that waits to be reported. */
  #onSilence(): void {
    this.#layer.messages.forget(this);
    this.#register();
  }

  // --- time

  /** The present moment is still heard: at once means after it. */
  #closeAfterAck(): void {
    if (this.options.closesAfterAck === true) this.#awakeUntil = this.#layer.clock.now();
  }

  #setAlarm(alarm: Alarm<SimulatedDevice>, delay: Milliseconds): void {
    let span = delay;
    for (const behaviour of this.#behaviours) span = behaviour.span?.(span) ?? span;
    alarm.set(this.#layer.clock, span);
  }

  #tell(what: DeviceNews): void {
    this.#uplink.tell?.(this, what);
  }
}
