// A simulated LwM2M client: power, radio and clock of a device, and what it knows of itself. How it
// registers is in registration.ts, what it answers in requests.ts, what it tells observers in
// notifications.ts. The same in virtual time and over real sockets; it shares the message layer
// with the server and nothing else, so that it holds its own truth.

import type { InboundRequest } from '../core/coap/exchange.ts';
import type { Path } from '../core/lwm2m/path.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import type { Address, Milliseconds, Peer, Random, Seconds } from '../core/ports.ts';
import { Alarm } from './alarm.ts';
import { behavioursOf, type Behaviour } from './behaviours/behaviour.ts';
import type { Refusals } from './behaviours/refusing.ts';
import type { DeviceLayer } from './device-layer.ts';
import type { RadioPlan } from './energy/radio-model.ts';
import { onReportDue, type Observed } from './notifications.ts';
import { eventLogOf } from './objects/event-log.ts';
import { firmwareOf } from './objects/firmware.ts';
import type { DeviceNews, SaidContent } from './observer.ts';
import { OwnState } from './own-state.ts';
import type { Pacing } from './pacing.ts';
import { onRenewalDue, register, type Setback } from './registration.ts';
import { answerTo } from './requests.ts';
import type { Operation } from './requests/operation.ts';
import type { Resources } from './resources.ts';
import type { FirmwarePlan, Vice } from './scenario/model.ts';
import { DeviceSecurity, type SecurityOptions } from './security.ts';
import { sendingOf, type SendOptions } from './sending.ts';

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
  /** Operations that it answers with an error. */
  readonly refuses?: Refusals | undefined;
  /** Tells devices apart that share their resources; see resources.ts. */
  readonly variant?: number;
  /** A radio model of sim/energy/, or one like it; undefined: mains-powered. */
  readonly radio?: string | RadioPlan | undefined;
  /** The fleet it belongs to. */
  readonly fleet?: string;
  /** How updates of its firmware go, for devices with a /5/0 among their resources. */
  readonly firmware?: FirmwarePlan | undefined;
  /** Reports without being asked. */
  readonly send?: SendOptions | undefined;
  /** The longest body that it takes; undefined: as long as any value that is decoded. */
  readonly bodyBytesMax?: number | undefined;
  /** Writes what it does into its /20/0. */
  readonly eventLog?: boolean;
  /** Undefined: it speaks without security. */
  readonly security?: SecurityOptions | undefined;
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
  /** Likewise, what it means by a payload that leaves. */
  say?(device: SimulatedDevice, content: SaidContent): void;
}

/** From power on to the first datagram after a reboot. */
const BOOT: Milliseconds = 3000;
const NOTHING: readonly Observed[] = [];
const NO_BEHAVIOURS: readonly Behaviour[] = [];

export class SimulatedDevice implements Peer {
  readonly options: DeviceOptions;
  /** Counts the devices of a world from 1. */
  readonly id: number;
  /** Not where it is but who: its Message IDs start from here, wherever it moves. */
  readonly address: Address;
  readonly random: Random;
  /** What the device knows to be true; oracles compare the server with it. */
  location: string | undefined;
  /** Why the server does not know it: what came in the way last since it was registered. */
  setback: Setback | undefined = undefined;
  /** Whether anything has come from the server since it last began to register. */
  isAnswered = false;
  /** In the order in which they began; see notifications.ts. */
  observed: readonly Observed[] = NOTHING;
  /** Notifications the server acknowledged. */
  acknowledged = 0;
  registrations = 0;
  readonly layer: DeviceLayer;
  /** Until it starts again, registers again or sends its next Update. */
  readonly renewal = new Alarm<SimulatedDevice>(this, onRenewalDue);
  /** Until it next reports all that is observed. */
  readonly report = new Alarm<SimulatedDevice>(this, onReportDue);
  readonly #uplink: Uplink;
  readonly #behaviours: readonly Behaviour[];
  readonly #security: DeviceSecurity | undefined;
  #isOn = false;
  #awakeUntil: Milliseconds = Infinity;
  #own: OwnState | undefined = undefined;

  constructor({ layer, random, uplink }: DevicePorts, options: DeviceOptions) {
    this.options = options;
    this.id = layer.nextId();
    this.address = { host: options.endpoint, port: 0 };
    this.random = random;
    this.layer = layer;
    this.#uplink = uplink;
    const { vices = [], refuses } = options;
    this.#behaviours = vices.length === 0 && refuses === undefined ? NO_BEHAVIOURS
      : behavioursOf(options, { device: this, clock: layer.clock, random: random.fork('vices') });
    this.#security = options.security && new DeviceSecurity({
      radiate: (datagram) => this.#radiate(datagram),
      hear: (message) => this.#hear(message, 0),
      failed: (reason, alert) => { this.setback = { kind: 'handshake', reason, alert }; },
    }, options.security, layer.clock, random.fork('dtls'));
  }

  // The same for all, so no field of each.
  get listener(): number {
    return 0;
  }

  get security(): 'none' {
    return 'none';
  }

  get identity(): '' {
    return '';
  }

  /** DTLS, if it has any; as a peer of its own message layer it is the same without. */
  get dtls(): DeviceSecurity | undefined {
    return this.#security;
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
    return this.#isOn && this.layer.clock.now() <= this.#awakeUntil;
  }

  /** Power on: registers and then reports what is observed. */
  start(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#awakeUntil = this.options.awake === undefined ? Infinity : this.layer.clock.now();
    this.tell('started');
    this.#own?.firmware?.onPowerOn();
    register(this);
    this.setAlarm(this.report, this.options.notifyEvery);
    if (this.options.send !== undefined) sendingOf(this, this.options.send).start();
    for (const behaviour of this.#behaviours) behaviour.started?.();
  }

  /** Power off without a word; what was observed is forgotten. */
  stop(): void {
    this.renewal.clear(this.layer.clock);
    this.report.clear(this.layer.clock);
    this.layer.messages.forget(this);
    this.#own?.onPowerOff();
    this.#security?.reset();
    this.observed = NOTHING;
    this.location = undefined;
    if (!this.#isOn) return;
    this.#isOn = false;
    this.tell('stopped');
  }

  /** Off, and on again once it has booted. */
  reboot(): void {
    this.log('reboot');
    this.stop();
    this.setAlarm(this.renewal, BOOT);
  }

  /** A datagram reaches the antenna. */
  receive(datagram: Uint8Array): void {
    if (!this.isListening) return;
    this.isAnswered = true;
    if (this.#security === undefined) this.#hear(datagram, 0);
    else this.#security.receive(datagram);
  }

  /** Of the message layer: a message leaves, if the device's behaviours let it. */
  transmit(message: Uint8Array): void {
    this.#turnOn();
    this.#speak(message, 0);
  }

  #radiate(datagram: Uint8Array): void {
    this.#turnOn();
    this.#uplink.send(datagram);
  }

  /** Sending turns the radio on, and it listens on for a while. */
  #turnOn(): void {
    const { awake } = this.options;
    if (awake !== undefined) this.#awakeUntil = this.layer.clock.now() + awake;
  }

  #hear(datagram: Uint8Array, depth: number): void {
    const behaviour = this.#behaviours[depth];
    if (behaviour === undefined) this.#take(datagram);
    else if (behaviour.incoming === undefined) this.#hear(datagram, depth + 1);
    else behaviour.incoming(datagram, (passed) => this.#hear(passed, depth + 1));
  }

  #speak(datagram: Uint8Array, depth: number): void {
    const behaviour = this.#behaviours[depth];
    if (behaviour === undefined) this.#leave(datagram);
    else if (behaviour.outgoing === undefined) this.#speak(datagram, depth + 1);
    else behaviour.outgoing(datagram, (passed) => this.#speak(passed, depth + 1));
  }

  #leave(message: Uint8Array): void {
    if (this.#security === undefined) this.#uplink.send(message);
    else this.#security.transmit(message);
  }

  #take(datagram: Uint8Array): void {
    // A behaviour may hold a datagram back until the device is off.
    if (!this.#isOn) return;
    const { messages } = this.layer;
    const received = messages.receive(this, datagram);
    if (received.kind === 'request') this.#onRequest(received.request);
    // A client expects no notifications: RFC 7252 s4.2 rejects what has no context.
    else if (received.kind === 'notification') messages.reject(received.notification);
  }

  // --- requests of the server

  #onRequest(request: InboundRequest): void {
    const { response, then } = answerTo(this, request.message);
    this.layer.messages.respond(request, response);
    then?.();
  }

  /** The code it answers an operation with, whatever it could do. */
  refusalOf(operation: Operation): number | undefined {
    for (const behaviour of this.#behaviours) {
      const code = behaviour.refusal?.(operation);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  /** What it says of everything at or below a path. */
  entriesAt(path: Path): Entry[] {
    const now = this.now();
    const { variant } = this.options;
    let entries = this.resources.read(path, now, variant);
    if (this.#own !== undefined) entries = this.#own.over(entries, now, variant);
    for (const behaviour of this.#behaviours) entries = behaviour.said?.(entries) ?? entries;
    return entries;
  }

  get pacing(): Pacing | undefined {
    return this.#own?.pacing;
  }

  isObserved(observed: Observed): boolean {
    return this.observed.includes(observed);
  }

  // --- time

  /** The present moment is still heard: at once means after it. */
  closeAfterAck(): void {
    if (this.options.closesAfterAck === true) this.#awakeUntil = this.layer.clock.now();
  }

  /** By the device's own clock. */
  setAlarm<Owner>(alarm: Alarm<Owner>, delay: Milliseconds): void {
    let span = delay;
    for (const behaviour of this.#behaviours) span = behaviour.span?.(span) ?? span;
    alarm.set(this.layer.clock, span);
  }

  clearAlarm<Owner>(alarm: Alarm<Owner>): void {
    alarm.clear(this.layer.clock);
  }

  /** What the device's clock shows. */
  now(): Milliseconds {
    let now = this.layer.clock.now();
    for (const behaviour of this.#behaviours) now = behaviour.clock?.(now) ?? now;
    return now;
  }

  // --- what it has for itself

  ownState(): OwnState {
    this.#own ??= new OwnState();
    return this.#own;
  }

  /** Its object tree. */
  get resources(): Resources {
    return this.#own?.resources ?? this.options.resources;
  }

  /** The tree that its registration has by what the server answered. */
  get toldResources(): Resources {
    return this.#own?.toldResources ?? this.options.resources;
  }

  set toldResources(told: Resources) {
    if (this.#own !== undefined) this.#own.toldResources = told;
  }

  get lifetime(): Seconds {
    return this.#own?.lifetime ?? this.options.lifetime;
  }

  /** The lifetime that its registration has by what the server answered. */
  get toldLifetime(): Seconds {
    return this.#own?.toldLifetime ?? this.options.lifetime;
  }

  set toldLifetime(told: Seconds) {
    if (this.#own !== undefined) this.#own.toldLifetime = told;
  }

  /** An update that comes from elsewhere than the server, as from a vendor's cloud. */
  updateFirmware(version: string): void {
    if (this.#isOn) firmwareOf(this).onVendor(version);
  }

  log(what: string): void {
    if (this.options.eventLog === true) eventLogOf(this).record(this.now(), what);
  }

  tell(what: DeviceNews): void {
    this.#uplink.tell?.(this, what);
  }

  say(content: SaidContent): void {
    this.#uplink.say?.(this, content);
  }
}
