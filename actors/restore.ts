// A start from facts: rows become devices, their machine states are derived, deadlines armed.
// A deadline that passed while the process was down ends at once, as it would have then.

import type { SessionStates } from '../core/api/management.ts';
import type { Lwm2mVersion } from '../core/lwm2m/registration.ts';
import type { DeviceRow, Facts, RegistrationRow } from '../core/store/changes.ts';
import { AWAKE_WINDOW_DEFAULT } from './config.ts';
import { observe, parseObservation, type Device, type Registration } from './device.ts';
import { carryOut } from './effects.ts';
import type { Host } from './host.ts';
import { resumeOperation } from './operations.ts';
import { stateOf } from './transitions.ts';
import { awakeWindowOf } from '../core/lwm2m/fingerprint.ts';

const FIRMWARE_STATES = ['idle', 'downloading', 'downloaded', 'updating'] as const;

type PeerOf = ReturnType<Host['associations']['restoredPeers']>;

export function restore(host: Host, facts: Facts): void {
  host.nextSequence = facts.nextSequence;
  host.nextDevice = facts.nextDevice;
  host.nextOperation = facts.nextOperation;
  host.alerts.restore(facts.alerts, facts.nextAlert);
  restoreSecurity(host, facts);
  const peerOf = host.associations.restoredPeers();
  for (const row of facts.devices) restoreDevice(host, row, peerOf);
  host.alerts.endUnruled();
  const missed = new Set(facts.alerts.map(({ device }) => device));
  for (const operation of facts.operations) {
    const device = host.byId.get(operation.device);
    if (device !== undefined) resumeOperation(host, device, operation);
  }
  const open = new Set(facts.operations.map(({ id }) => id));
  host.bodies.removeLeftovers((id) => open.has(id), (id) => host.byId.has(id));
  for (const device of host.devices.values()) {
    // Whoever has an alert may be the one that is missed: the next message finds out.
    device.isMissed = missed.has(device.id);
    // Notifications leave no trace of when a device was last seen: the wait begins anew.
    if (device.registration !== undefined) host.alerts.watchSilence(device, host.clock.now());
  }
}

function restoreSecurity(host: Host, facts: Facts): void {
  const unreadable = facts.credentials.filter((row) => !host.credentials.restore(row)).length;
  if (unreadable > 0) {
    host.log.error('credentials were damaged, or sealed with another key file, and are good for '
      + 'nothing: start with that file, or rotate them', { credentials: unreadable });
  }
  host.credentials.certificates.restore(facts.certificates);
  host.associations.restore(facts);
}

function restoreDevice(host: Host, row: DeviceRow, peerOf: PeerOf): void {
  const device = host.adopt(row.id, row.endpoint, row.source);
  device.displayName = row.displayName;
  device.tags = row.tags;
  device.ended = row.ended;
  device.firstSeenAt = row.firstSeenAt;
  device.lastSeenAt = row.lastSeenAt;
  device.observeAlso = row.observeAlso;
  device.observeNever = row.observeNever;
  device.declared = row.declared;
  if (row.declared !== '') device.wanted = host.wantedOf(device);
  device.batteryPercent = row.batteryPercent;
  device.signalDbm = row.signalDbm;
  device.firmwareVersion = row.firmwareVersion;
  device.manufacturer = row.manufacturer;
  device.model = row.model;
  device.firmwareState = row.firmwareState;
  if (row.registration !== undefined) restoreRegistration(host, device, row.registration, peerOf);
  device.state = stateOf(statesOf(host, device));
  host.rearm(device);
}

function restoreRegistration(
  host: Host, device: Device, row: RegistrationRow, peerOf: PeerOf,
): void {
  const version = row.lwm2mVersion as Lwm2mVersion;
  const objects = host.objectLists.restore(row.links, version);
  // The text was accepted when it was stored; a stricter release may see it differently.
  if (!objects.ok) {
    host.log.warn('stored object list not understood', {
      endpoint: device.endpoint, reason: objects.reason,
    });
    device.ended = 'expired';
    return;
  }
  const peer = peerOf(row);
  // A credential was given or taken while no server ran.
  if (host.credentials.forbids(device.endpoint, peer) !== undefined) {
    device.ended = 'expired';
    return;
  }
  const registration: Registration = {
    id: row.id, lwm2mVersion: row.lwm2mVersion, lifetime: row.lifetime, binding: row.binding,
    queueMode: row.queueMode, smsNumber: row.smsNumber, objects: objects.value,
    unknownParameters: row.unknownParameters, registeredAt: row.registeredAt,
    updatedAt: row.updatedAt, expiresAt: row.expiresAt,
    peer,
    isAnswered: true,
    tokenHigh: Number.parseInt(row.tokenBase.slice(0, 6), 16),
    tokenLow: Number.parseInt(row.tokenBase.slice(6), 16),
  };
  host.bind(device, registration);
  device.awakeWindow = device.profile.awakeWindow
    ?? awakeWindowOf({
      endpoint: device.endpoint, lwm2mVersion: version, objects: objects.value,
      queueMode: row.queueMode,
    })
    ?? AWAKE_WINDOW_DEFAULT;
  device.awakeUntil = row.queueMode ? device.lastSeenAt + device.awakeWindow : Infinity;
  // The place of an observation is its token slot: what is not understood leaves a free one.
  device.observations = row.observed.map((text) => parseObservation(text) ?? observe([], 'free'));
  // The profile may want other paths than it did in the last run.
  carryOut(host, device, { type: 'revisitWanted' });
  // The steps are done once per registration, before the observations.
  device.stepNext = device.observations.some(({ state }) => state === 'wanted') ? 0 : Infinity;
  device.knowsUnmet = false;
}

/** Where the machine stands, by the facts alone. */
function statesOf(host: Host, device: Device): SessionStates {
  const firmware = FIRMWARE_STATES[device.firmwareState];
  if (device.registration === undefined) {
    const registration = device.ended === 'expired' ? 'expired' : 'unregistered';
    return { registration, reachability: 'offline', observations: 'none', firmware };
  }
  const isAwake = device.awakeUntil > host.clock.now();
  const isSettled = device.observations.every(
    ({ state }) => state !== 'wanted' && state !== 'unwanted',
  );
  return {
    registration: 'registered',
    reachability: isAwake ? 'awake' : 'asleep',
    observations: isSettled ? 'inPlace' : isAwake ? 'establishing' : 'waiting',
    firmware,
  };
}
