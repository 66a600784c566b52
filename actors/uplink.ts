// What devices send of themselves: Register, Update, De-register (LwM2M Core 1.1.1 s6.2) and
// notifications (s6.4); Send is in send.ts. Checks who may, moves the session, answers when it is
// durable.

import { isPart } from '../core/coap/block.ts';
import type { InboundNotification, InboundRequest } from '../core/coap/exchange.ts';
import { Code, formatCode, OptionNumber, type Message } from '../core/coap/message.ts';
import { endsObservation, isNewer } from '../core/coap/observe.ts';
import {
  contentFormat, observe, stringOptionOf, uintOptionOf, uriPath, uriQuery,
} from '../core/coap/options.ts';
import { awakeWindowOf, retryAfter } from '../core/lwm2m/fingerprint.ts';
import { PAYLOAD_BYTES_MAX } from '../core/lwm2m/content-format.ts';
import { LINKS_LENGTH_MAX } from '../core/lwm2m/link-format.ts';
import {
  endOfLifetime, parseRegister, parseUpdate, type Lwm2mVersion, type ObjectList,
  type RegisterCommand, type UpdateCommand,
} from '../core/lwm2m/registration.ts';
import { sourceOf } from '../core/peer.ts';
import type { Milliseconds, Peer } from '../core/ports.ts';
import { AWAKE_WINDOW_DEFAULT } from './config.ts';
import { contentOf } from './content.ts';
import { isSameIdentity } from './credentials.ts';
import {
  rowOf, slotOf, startSteps, type Device, type Observation, type Registration,
} from './device.ts';
import { registeredOf, type Host } from './host.ts';
import { fetchRest } from './long-notification.ts';
import { onSend } from './send.ts';
import { Event } from './session.machine.ts';
import { baseOf, formatTarget } from '../core/lwm2m/target.ts';
import { storeValues, tellNotification } from './telemetry.ts';

/** Seconds after which a source over its limit may try again. */
const RETRY_LATER_SECONDS = 600;

/** What a request in blocks may have in all, in bytes: an object list, or the values of a Send. */
export function bodyLengthMax(request: Message): number {
  if (request.code !== Code.POST) return 0;
  const [resource] = uriPath(request);
  if (resource === 'dp') return PAYLOAD_BYTES_MAX;
  return resource === 'rd' ? LINKS_LENGTH_MAX : 0;
}

export function onRequest(host: Host, request: InboundRequest): void {
  const [resource, id, ...rest] = uriPath(request.message);
  const { code } = request.message;
  if (resource === 'dp' && id === undefined) {
    if (code === Code.POST) onSend(host, request);
    else host.layer.respond(request, { code: Code.METHOD_NOT_ALLOWED });
  } else if (resource !== 'rd' || rest.length > 0) {
    host.layer.respond(request, { code: Code.NOT_FOUND });
  } else if (id === undefined) {
    if (code === Code.POST) onRegister(host, request);
    else host.layer.respond(request, { code: Code.METHOD_NOT_ALLOWED });
  } else if (code === Code.POST) onUpdate(host, request, id);
  else if (code === Code.DELETE) onDeregister(host, request, id);
  else host.layer.respond(request, { code: Code.METHOD_NOT_ALLOWED });
}

// --- Register

function onRegister(host: Host, request: InboundRequest): void {
  const { message, peer } = request;
  const now = host.clock.now();
  const parsed = parseRegister(uriQuery(message), contentFormat(message), message.payload);
  if (!parsed.ok) {
    const { code, reason, endpoint } = parsed.reason;
    return refuse(host, request, endpoint, reason, code, undefined);
  }
  const command = parsed.value;
  const source = sourceOf(peer.address.host);
  const known = host.devices.get(command.endpoint);
  const obstacle = host.credentials.forbids(command.endpoint, peer) ?? inClear(known, peer)
    ?? (known === undefined ? obstacleFor(host, source, command.endpoint) : undefined)
    ?? tooManyLists(host, command.objects, command.lwm2mVersion);
  if (obstacle !== undefined) {
    const retryAt = retryAfter(command) ?? obstacle.retryAfter;
    return refuse(
      host, request, command.endpoint, obstacle.reason, obstacle.code,
      retryAt === undefined ? undefined : now + retryAt,
    );
  }
  const device = known ?? host.create(command.endpoint, source, now);
  const before = device.registration?.peer;
  host.unbind(device);
  const registration = registrationOf(host, device, command, peer, now);
  host.bind(device, registration);
  device.ended = undefined;
  device.awakeWindow = device.profile.awakeWindow
    ?? awakeWindowOf(command) ?? AWAKE_WINDOW_DEFAULT;
  device.choosesFormat = false;
  if (device.unwritable.length > 0) device.unwritable = [];
  device.lastSeenAt = now;
  if (device.isMissed) host.alerts.onHeard(device);
  device.awakeUntil = registration.queueMode ? now + device.awakeWindow : Infinity;
  host.step(device, Event.REGISTERED, {
    whenDurable: () => {
      endLeft(host, device, before);
      registration.isAnswered = true;
      host.layer.respond(request, {
        code: Code.CREATED,
        options: ['rd', registration.id].map(
          (segment) => stringOptionOf(OptionNumber.LOCATION_PATH, segment),
        ),
      });
      if (!host.isWatched) return;
      const registered = registeredOf(device, registration);
      host.tell({ kind: 'registration', what: 'registered', registered });
    },
  });
}

/** Who is registered with security is not thrown out by who has none: certificates need no row. */
function inClear(known: Device | undefined, peer: Peer): Obstacle | undefined {
  const held = known?.registration?.peer.security ?? 'none';
  return peer.security !== 'none' || held === 'none' ? undefined
    : { code: Code.FORBIDDEN, reason: 'it is registered with security and came without' };
}

/** Says goodbye to the peer that the registration has left, unless it has come back meanwhile. */
function endLeft(host: Host, { registration }: Device, before: Peer | undefined): void {
  if (before !== undefined && registration?.peer !== before) host.associations.end(before);
}

interface Obstacle {
  readonly code: number;
  readonly reason: string;
  readonly retryAfter?: Milliseconds;
}

/** Memory for object lists is bounded, however many devices each send one of their own. */
function tooManyLists(host: Host, objects: ObjectList, version: Lwm2mVersion) {
  const { objectListsMax } = host.config.limits;
  if (host.objectLists.fits(objects, version, objectListsMax)) return undefined;
  const reason = `the limit of ${objectListsMax} characters for different object lists`;
  return { code: Code.SERVICE_UNAVAILABLE, retryAfter: RETRY_LATER_SECONDS * 1000, reason };
}

/** Why an endpoint never seen before may not come in; undefined when it may. */
function obstacleFor(host: Host, source: string, endpoint: string): Obstacle | undefined {
  const { config, credentials } = host;
  // Whoever has a credential was made known by it. A certificate says who it is, not that it is
  // wanted here: authorities of factories certify the devices of others too.
  if (config.registration === 'known' && !credentials.isNeededBy(endpoint)) {
    const reason = 'unknown endpoint; make it known first, or start with --registration open';
    return { code: Code.FORBIDDEN, reason };
  }
  const { devicesMax, devicesPerSourceMax } = config.limits;
  const later = { code: Code.SERVICE_UNAVAILABLE, retryAfter: RETRY_LATER_SECONDS * 1000 };
  if (host.devices.size >= devicesMax) {
    return { ...later, reason: `the limit of ${devicesMax} devices is reached` };
  }
  if ((host.bySource.get(source) ?? 0) >= devicesPerSourceMax) {
    return { ...later, reason: `the limit of ${devicesPerSourceMax} devices from ${source}` };
  }
  return undefined;
}

function refuse(
  host: Host, request: InboundRequest, endpoint: string, reason: string, code: number,
  retryAt: Milliseconds | undefined,
): void {
  const options = code === Code.SERVICE_UNAVAILABLE
    ? [uintOptionOf(OptionNumber.MAX_AGE, RETRY_LATER_SECONDS)] : [];
  if (host.captures.isOn) host.captures.claim(endpoint);
  host.layer.respond(request, { code, options });
  const { host: address, port } = request.peer.address;
  host.refusals.note({
    at: host.clock.now(), endpoint, address: `${address}:${port}`, reason,
    answer: formatCode(code), retryAt, security: request.peer.security, publicKey: undefined,
  });
  host.tell({ kind: 'refused' });
}

function registrationOf(
  host: Host, device: Device, command: RegisterCommand, peer: Peer, now: Milliseconds,
): Registration {
  const { lwm2mVersion, lifetime, binding, queueMode, unknownParameters } = command;
  return {
    id: registrationId(host, device), lwm2mVersion, lifetime, binding, queueMode,
    smsNumber: command.smsNumber,
    objects: host.objectLists.share(command.objects, lwm2mVersion),
    unknownParameters, registeredAt: now, updatedAt: now,
    expiresAt: endOfLifetime(lifetime, now),
    peer, isAnswered: false,
    tokenHigh: host.random.below(2 ** 24), tokenLow: host.random.below(2 ** 24),
  };
}

const ID_CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const NODE = '0';
const ID_RANDOM_LENGTH = 6;

/**
 * The node, six random characters and the device's number, so that an id finds its device without
 * a table. At most 12 characters: Zephyr's default buffer holds no more.
 */
function registrationId(host: Host, device: Device): string {
  let random = '';
  for (let index = 0; index < ID_RANDOM_LENGTH; index++) {
    random += ID_CHARACTERS[host.random.below(ID_CHARACTERS.length)];
  }
  return NODE + random + device.id.toString(36);
}

/** Whose registration it is, if the peer is who made it. */
function deviceOf(host: Host, id: string, peer: Peer): Device | undefined {
  const device = host.byId.get(Number.parseInt(id.slice(1 + ID_RANDOM_LENGTH), 36));
  const registration = device?.registration;
  if (registration?.id !== id) return undefined;
  return isSameIdentity(registration.peer, peer) ? device : undefined;
}

// --- Update and De-register

function onUpdate(host: Host, request: InboundRequest, id: string): void {
  const { message, peer } = request;
  const device = deviceOf(host, id, peer);
  const registration = device?.registration;
  if (device === undefined || registration === undefined) {
    return host.layer.respond(request, { code: Code.NOT_FOUND });
  }
  const version = registration.lwm2mVersion as Lwm2mVersion;
  const parsed = parseUpdate(
    uriQuery(message), contentFormat(message), message.payload, version,
  );
  if (!parsed.ok) {
    const { code, reason } = parsed.reason;
    return refuse(host, request, device.endpoint, `Update: ${reason}`, code, undefined);
  }
  const { objects } = parsed.value;
  const obstacle = objects && tooManyLists(host, objects, version);
  if (obstacle !== undefined) {
    const reason = `Update: ${obstacle.reason}`;
    return refuse(host, request, device.endpoint, reason, obstacle.code, obstacle.retryAfter);
  }
  const now = host.clock.now();
  const wantsChanged = applyUpdate(host, registration, parsed.value, now);
  device.lastSeenAt = now;
  if (device.isMissed) host.alerts.onHeard(device);
  device.awakeUntil = registration.queueMode ? now + device.awakeWindow : Infinity;
  const before = registration.peer;
  const hasMoved = peer !== before;
  if (hasMoved) {
    // Transport s6.4.3 asks for a Register after an address change; tolerated practice is that
    // the Update carries the registration to the new address.
    host.move(device, registration, peer);
  }
  host.step(device, Event.UPDATED, {
    whenDurable: () => {
      host.layer.respond(request, { code: Code.CHANGED });
      endLeft(host, device, before);
      if (host.isWatched) tellUpdate(host, device, registration, parsed.value);
    },
  });
  if (hasMoved) host.step(device, Event.ADDRESS_CHANGED);
  if (wantsChanged) startSteps(device);
  if (wantsChanged || isOnlyUnanswered(device)) {
    host.step(device, Event.WANTS_CHANGED, { persist: true });
  }
}

function tellUpdate(
  host: Host, device: Device, registration: Registration, command: UpdateCommand,
): void {
  const { lifetime, smsNumber, objects } = command;
  host.tell({
    kind: 'registration', what: 'updated', registered: registeredOf(device, registration),
    update: { lifetime, smsNumber, links: objects?.source },
  });
}

/** What was not answered has another chance once everything else had its first. */
function isOnlyUnanswered({ observations }: Device): boolean {
  const isLeft = observations.some(({ state }) => state === 'wanted' || state === 'unwanted');
  return !isLeft && observations.some(({ state }) => state === 'unanswered');
}

/** Absent stays as it was; true when the device has other objects now. */
function applyUpdate(
  host: Host, registration: Registration, command: UpdateCommand, now: Milliseconds,
): boolean {
  registration.lifetime = command.lifetime ?? registration.lifetime;
  registration.binding = command.binding ?? registration.binding;
  registration.queueMode = command.queueMode ?? registration.queueMode;
  registration.smsNumber = command.smsNumber ?? registration.smsNumber;
  registration.updatedAt = now;
  registration.expiresAt = endOfLifetime(registration.lifetime, now);
  if (command.objects === undefined) return false;
  const before = registration.objects;
  const version = registration.lwm2mVersion as Lwm2mVersion;
  registration.objects = host.objectLists.share(command.objects, version);
  host.objectLists.release(before);
  return registration.objects !== before;
}

function onDeregister(host: Host, request: InboundRequest, id: string): void {
  const device = deviceOf(host, id, request.peer);
  if (device === undefined) return host.layer.respond(request, { code: Code.NOT_FOUND });
  if (host.captures.isOn) host.captures.claim(device.endpoint);
  device.lastSeenAt = host.clock.now();
  host.step(device, Event.DEREGISTERED, {
    whenDurable: () => host.layer.respond(request, { code: Code.DELETED }),
  });
}

// --- notifications

export function onNotification(host: Host, notification: InboundNotification): void {
  const { peer, message } = notification;
  for (const device of host.byPeer.get(peer.id) ?? []) {
    const { registration } = device;
    if (registration === undefined) continue;
    const observation = device.observations[slotOf(registration, message.token)];
    if (observation === undefined) continue;
    if (observation.state === 'established' || observation.state === 'wanted') {
      return onObserved(host, device, registration, observation, notification);
    }
    // That it ended must be on disk before the device hears of it.
    const ticket = host.store.commit([{ table: 'device', row: rowOf(device) }]);
    return host.afterCommit(ticket, () => host.layer.reject(notification));
  }
  // RFC 7641 s3.6: a Reset tells the device that no one observes this (any more).
  host.layer.reject(notification);
}

function onObserved(
  host: Host, device: Device, registration: Registration, observation: Observation,
  notification: InboundNotification,
): void {
  const { message } = notification;
  const now = host.clock.now();
  host.hear(device, now);
  if (endsObservation(message)) return onObservationEnded(host, device, observation, notification);
  const sequence = observe(message) as number;
  if (observation.sequence !== -1 && !isNewer(observation, sequence, now)) {
    return host.layer.accept(notification);
  }
  if (isPart(message)) return fetchRest(host, device, observation, notification);
  observation.sequence = sequence;
  observation.at = now;
  const models = host.models.of(registration.objects);
  const entries = contentOf(baseOf(observation.target), message, now, models);
  if (!entries.ok) {
    // The observation stays: the next notification may be readable.
    host.counters.undecodable++;
    const path = formatTarget(observation.target);
    host.log.warn('notification not understood', {
      endpoint: device.endpoint, path, reason: entries.reason,
    });
    return host.layer.accept(notification);
  }
  const report = observation.target.length === 1 ? 'alone' : 'together';
  const ticket = storeValues(host, device, entries.value, now, report);
  host.afterCommit(ticket, () => host.layer.accept(notification));
  if (host.isWatched) tellNotification(host, device, observation.target, entries.value, ticket);
}

/** RFC 7641 s4.2: an error answer or one without Observe is the last of its observation. */
function onObservationEnded(
  host: Host, device: Device, observation: Observation, notification: InboundNotification,
): void {
  observation.state = 'refused';
  observation.reason = `the device ended it with ${formatCode(notification.message.code)}`;
  const ticket = host.store.commit([{ table: 'device', row: rowOf(device) }]);
  host.afterCommit(ticket, () => host.layer.accept(notification));
  host.tell({ kind: 'device', endpoint: device.endpoint });
}
