// The running server as the API sees it (core/api/management.ts). Reads are current, changes go
// through the session and return the ticket that makes them durable.

import type { CredentialBook } from '../core/api/credential-book.ts';
import type {
  Alert, CaptureDetail, DeviceDetail, FleetCounts, FleetQuery, FleetWindow, GatewayReport,
  LiveEvent, Management, ReadFile, Refusal, Registered, ServerFacts, Upload, Wanted,
} from '../core/api/management.ts';
import { OBJECTS } from '../core/lwm2m/objects.ts';
import { isComposite, resolveWish, type Wish } from '../core/lwm2m/operation.ts';
import type { Address, Milliseconds, Ticket } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { groupsOf, NOTHING_WANTED, onlyWanted, REGISTRATION_GRACE } from './config.ts';
import { certifiedIdentity } from './credentials.ts';
import { describeSession } from './describe.ts';
import {
  declaredOf, deviceState, rowOf, startSteps, type Device, type Observation, type Registration,
} from './device.ts';
import { withProgress } from './file-operations.ts';
import { Fleet } from './fleet.ts';
import { onGatewayReport } from './gateway.ts';
import { registeredOf, type Host } from './host.ts';
import { cancelOperation, dropOperations, queueOperation } from './operations.ts';
import { Event } from './session.machine.ts';
import { formatTarget, parseTarget } from '../core/lwm2m/target.ts';
import { wantsOf } from './wants.ts';

/** Source of devices that people made known before they were ever seen. */
const PROVISIONED = 'provisioned';

export class ServerManagement implements Management {
  readonly #host: Host;
  readonly #facts: ServerFacts;
  readonly #listening: readonly (readonly Address[])[];
  readonly #fleet = new Fleet();

  /** `listening` are the addresses of each listening socket. */
  constructor(
    host: Host, facts: ServerFacts, listening: readonly (readonly Address[])[] = [],
  ) {
    this.#host = host;
    this.#facts = facts;
    this.#listening = listening;
  }

  get credentials(): CredentialBook {
    return this.#host.provisioning;
  }

  now(): Milliseconds {
    return this.#host.clock.now();
  }

  facts(): ServerFacts {
    return this.#facts;
  }

  listening(listener: number): readonly Address[] {
    return this.#listening[listener] ?? [];
  }

  counts(): FleetCounts {
    const { devices, counters, refusals } = this.#host;
    const states = { awake: 0, asleep: 0, silent: 0, expired: 0, deregistered: 0, never: 0 };
    let operationsWaiting = 0;
    for (const device of devices.values()) {
      states[deviceState(device)]++;
      operationsWaiting += device.operations.length;
    }
    const { awake, asleep, silent, expired } = states;
    return {
      devices: devices.size, registered: awake + asleep + silent, awake, asleep, silent, expired,
      operationsWaiting, valuesStored: counters.valuesStored, refused: refusals.total,
      shed: counters.shed, alerts: this.#host.alerts.unseen,
    };
  }

  fleet(query: FleetQuery): FleetWindow {
    return this.#fleet.window(this.#host.devices, query, this.now());
  }

  device(endpoint: string): DeviceDetail | undefined {
    const device = this.#host.devices.get(endpoint);
    return device && this.#detail(device);
  }

  knows(endpoint: string): boolean {
    return this.#host.devices.has(endpoint);
  }

  * registered(): Iterable<Registered> {
    for (const device of this.#host.devices.values()) {
      const { registration } = device;
      if (registration !== undefined) yield registeredOf(device, registration);
    }
  }

  statechart = describeSession;

  refusals(): readonly Refusal[] {
    return this.#host.refusals.list();
  }

  request(
    endpoint: string, wish: Wish, by: string, expiresAt?: Milliseconds,
  ): ReturnType<Management['request']> {
    const found = this.#askable(endpoint, wish);
    if (!found.ok) return found;
    const device = found.value;
    if ('file' in wish && !this.#host.bodies.isWaiting(wish.file, device.id, wish.length)) {
      return fail('there is no such file');
    }
    return ok(queueOperation(this.#host, device, canonical(wish), by, expiresAt));
  }

  /** The device, if it may be asked for this. */
  #askable(endpoint: string, wish: Wish): Result<Device> {
    const found = this.#registered(endpoint);
    if (!found.ok) return found;
    const device = found.value;
    const { operationsMax, waitingBytesMax } = this.#host.config.limits;
    if (device.operations.length >= operationsMax) {
      return fail(`${endpoint} has ${operationsMax} operations waiting already`);
    }
    if (this.#host.waitingBytes >= waitingBytesMax) {
      return fail(`operations with ${waitingBytesMax} characters are waiting already`);
    }
    const { objects, lwm2mVersion } = device.registration as Registration;
    if (lwm2mVersion === '1.0' && isComposite(wish)) {
      return fail(`${endpoint} speaks LwM2M 1.0, which has no composite operations`);
    }
    const operation = resolveWish(wish, this.#host.models.of(objects));
    return operation.ok ? found : operation;
  }

  upload(endpoint: string, path: string, length: number, isForced?: true): Result<Upload> {
    const write: Wish = { kind: 'write', path, file: '', length };
    const device = this.#askable(endpoint, isForced === true ? { ...write, isForced } : write);
    return device.ok ? this.#host.bodies.upload(device.value.id, length) : device;
  }

  readFile(endpoint: string, operation: number): ReadFile | undefined {
    const body = this.#host.bodies.of(operation);
    const isItsOwn = body?.device === this.#host.devices.get(endpoint)?.id;
    return isItsOwn && body?.way === 'read' && body.isSealed ? body : undefined;
  }

  cancel(endpoint: string, operation: number, by: string): Result<Ticket> {
    const device = this.#host.devices.get(endpoint);
    if (device === undefined) return unknown(endpoint);
    const ticket = cancelOperation(this.#host, device, operation, by);
    return ticket === undefined ? fail('it has ended, or is under way and cannot be taken back')
      : ok(ticket);
  }

  alerts(): readonly Alert[] {
    return this.#host.alerts.open().map(({ device, ...row }) => (
      { ...row, endpoint: this.#host.byId.get(device)?.endpoint ?? '' }));
  }

  acknowledgeAlert(id: number, by: string): Result<Ticket> {
    const ticket = this.#host.alerts.acknowledge(id, by);
    return ticket === undefined ? fail('it was cleared or acknowledged already') : ok(ticket);
  }

  muteAlert(id: number, until: Milliseconds): Result<Ticket> {
    const ticket = this.#host.alerts.mute(id, until);
    return ticket === undefined ? fail('it was cleared already') : ok(ticket);
  }

  setObserved(endpoint: string, path: string, observed: boolean): Result<Ticket> {
    const found = this.#registered(endpoint);
    if (!found.ok) return found;
    const parsed = parseTarget(path);
    if (!parsed.ok) return parsed;
    const device = found.value;
    const text = formatTarget(parsed.value);
    const also = device.observeAlso.filter((one) => one !== text);
    const never = device.observeNever.filter((one) => one !== text);
    const { observationsMax } = this.#host.config.limits;
    if (also.length + never.length >= observationsMax) {
      return fail(`at most ${observationsMax} observations of one device can be set by hand`);
    }
    device.observeAlso = observed ? [...also, text] : also;
    // What the profile does not want needs no exception, or each path tried once would leave one.
    const { objects } = device.registration as Registration;
    const isWanted = wantsOf(objects, device.wanted).observe
      .some((one) => formatTarget(one) === text);
    device.observeNever = observed || !isWanted ? never : [...never, text];
    for (const observation of device.observations) {
      // Asked for by a person: the device gets another chance to accept it.
      if (!observed || observation.state !== 'refused') continue;
      if (formatTarget(observation.target) === text) observation.state = 'wanted';
    }
    return ok(this.#persist(device, Event.WANTS_CHANGED));
  }

  declare(endpoint: string, wanted: Wanted): Result<Ticket> {
    const device = this.#host.devices.get(endpoint);
    if (device === undefined) return unknown(endpoint);
    const text = JSON.stringify(wanted);
    device.declared = text === JSON.stringify(NOTHING_WANTED) ? '' : text;
    device.wanted = this.#host.wantedOf(device);
    startSteps(device);
    return ok(this.#persist(device, Event.WANTS_CHANGED));
  }

  describe(
    endpoint: string, about: { readonly displayName: string; readonly tags: readonly string[] },
  ): Result<Ticket> {
    const device = this.#host.devices.get(endpoint);
    if (device === undefined) return unknown(endpoint);
    device.displayName = about.displayName;
    device.tags = about.tags;
    return ok(this.#save(device));
  }

  provision(endpoint: string): Result<Ticket> {
    const { devices, config } = this.#host;
    if (devices.has(endpoint)) return fail(`${endpoint} is known already`);
    if (devices.size >= config.limits.devicesMax) {
      return fail(`the limit of ${config.limits.devicesMax} devices is reached`);
    }
    return ok(this.#save(this.#host.create(endpoint, PROVISIONED, this.now())));
  }

  report(endpoint: string, report: GatewayReport): Result<Ticket> {
    return onGatewayReport(this.#host, endpoint, report, this.now());
  }

  forget(endpoint: string): Result<Ticket> {
    const device = this.#host.devices.get(endpoint);
    if (device === undefined) return unknown(endpoint);
    dropOperations(this.#host, device);
    this.#host.remove(device);
    const { certificates } = this.#host.credentials;
    const ticket = this.#host.store.commit([
      { table: 'device forgotten', id: device.id },
      ...certificates.forget(certifiedIdentity(endpoint) ?? ''),
    ]);
    this.#host.afterCommit(ticket, () => this.#host.bodies.forget(device.id));
    this.#host.tell({ kind: 'device', endpoint });
    return ok(ticket);
  }

  record(endpoint: string): ReturnType<Management['record']> {
    const device = this.#host.devices.get(endpoint);
    return device === undefined ? unknown(endpoint) : this.#host.captures.begin(device);
  }

  endRecord(endpoint: string): void {
    const device = this.#host.devices.get(endpoint);
    if (device !== undefined) this.#host.captures.end(device);
  }

  recorded(endpoint: string): CaptureDetail | undefined {
    const device = this.#host.devices.get(endpoint);
    const capture = device && this.#host.captures.look(device);
    if (capture === undefined) return undefined;
    const { startedAt, messages, dropped, device: { registration } } = capture;
    const models = registration === undefined
      ? OBJECTS : this.#host.models.of(registration.objects);
    return { startedAt, messages, dropped, models };
  }

  afterCommit(ticket: Ticket, act: () => void): void {
    this.#host.afterCommit(ticket, act);
  }

  subscribe(listener: (event: LiveEvent) => void, hearsValues: boolean): () => void {
    return this.#host.subscribe(listener, hearsValues);
  }

  #detail(device: Device): DeviceDetail {
    const { registration, observations } = device;
    const isCounting = device.isAwake && device.awakeUntil !== Infinity;
    return {
      row: rowOf(device),
      certificate: this.#host.provisioning.shownBy(device.endpoint),
      profile: device.profile.name,
      groups: groupsOf(this.#host.config, device.endpoint).map(({ name }) => name),

      state: deviceState(device),
      session: device.state.states,
      awakeUntil: isCounting ? device.awakeUntil : undefined,
      forgetsAt: registration && registration.expiresAt + REGISTRATION_GRACE,
      awakeWindow: device.awakeWindow,
      observing: observations.filter(({ state }) => state === 'established')
        .map(({ target }) => formatTarget(target)),
      notObserving: observations
        .filter(({ state }) => state !== 'established' && state !== 'unwanted' && state !== 'free')
        .map((one) => ({ path: formatTarget(one.target), reason: reasonOf(one) })),
      declared: declaredOf(device),
      inherited: onlyWanted(this.#host.inheritedBy(device)),
      unmet: device.unmet,
      operations: [
        ...device.operations.map((one) => withProgress(this.#host, one)).reverse(),
        ...this.#host.endedOperations.filter((one) => one.device === device.id),
      ],
    };
  }

  #registered(endpoint: string): Result<Device> {
    const device = this.#host.devices.get(endpoint);
    if (device === undefined) return unknown(endpoint);
    return device.registration === undefined
      ? fail(`${endpoint} is not registered`) : ok(device);
  }

  #save(device: Device): Ticket {
    this.#host.tell({ kind: 'device', endpoint: device.endpoint });
    return this.#host.store.commit([{ table: 'device', row: rowOf(device) }]);
  }

  #persist(device: Device, event: typeof Event.WANTS_CHANGED): Ticket {
    // On disk before it shows: after a crash the device must not have heard of a lost wish.
    this.#host.step(device, event, { persist: true });
    return this.#save(device);
  }
}

/** Paths may be given without their slash. */
function canonical(wish: Wish): Wish {
  const path = 'path' in wish && !wish.path.startsWith('/') ? `/${wish.path}` : undefined;
  return path === undefined ? wish : { ...wish, path } as Wish;
}

/** Why it is not observed; of a refusal before the last restart only the fact is stored. */
function reasonOf({ state, reason }: Observation): string {
  if (reason !== '') return reason;
  return state === 'wanted' ? 'not asked for yet' : 'the device refused it';
}

function unknown(endpoint: string): Result<never> {
  return fail(`no device is called ${endpoint}`);
}
