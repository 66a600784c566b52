// The devices of a scenario's fleet: options of each by its number. What a plan leaves to chance
// is drawn from the device's own stream, so that a smaller fleet has the same devices, only fewer.

import { findResource } from '../core/lwm2m/objects.ts';
import { parsePath, type Path } from '../core/lwm2m/path.ts';
import type { Milliseconds, Random } from '../core/ports.ts';
import { assert, unreachable } from '../core/result.ts';
import type { DeviceOptions } from './device.ts';
import { EPOCH } from './epoch.ts';
import { eventLogValues } from './objects/event-log.ts';
import { DEFAULT_FIRMWARE, firmwareValues } from './objects/firmware.ts';
import {
  clockTime, float, flag, integer, Resources, text, type ValueAt,
} from './resources.ts';
import type { Fleet, SignalPlan, Vice } from './scenario/model.ts';
import type { SecurityOptions } from './security.ts';
import { certifiedAs, rawIdentityOf } from './server-proofs.ts';
import type { SendOptions } from './sending.ts';
import { constant, noisy, ramp, randomWalk, replay, wave, type Signal } from './signals.ts';

const THOUSAND = 1000;
const PSK_LENGTH = 16;
/** In the order of their draws; a new one goes to the end, so that it changes no other. */
export const VICES: readonly Vice[] = [
  'slow', 'forgetful', 'deaf', 'liar', 'malformed', 'duplicateSender', 'clockSkew',
];

const NO_VICES: readonly Vice[] = [];

/** Shared by all devices of a fleet: 10,000 object trees are not needed for one plan. */
const sharedOfFleets = new WeakMap<Fleet, {
  start: Milliseconds; resources: Resources; send: SendOptions | undefined;
}>();

/**
 * The device at `index` of a fleet; `random` is a stream for this device alone. What it
 * measures begins with the run, at `start`.
 */
export function deviceOptionsOf(
  fleet: Fleet, index: number, random: Random, start: Milliseconds = EPOCH,
): DeviceOptions {
  const {
    name, lifetime, queueMode, report, radio, objects, firmware, eventLog, refuses, send, security,
  } = fleet;
  let shared = sharedOfFleets.get(fleet);
  if (shared?.start !== start) {
    const paths = Object.keys(objects).map(pathOfKey);
    shared = {
      start, resources: new Resources(valuesOf(fleet, start)), send: send && { ...send, paths },
    };
    sharedOfFleets.set(fleet, shared);
  }
  const { resources } = shared;
  const variant = random.uint32();
  // Each is drawn whether or not the fleet has it, so that one more vice changes no other.
  const drawn = VICES.filter((vice) => random.below(THOUSAND) < (fleet.vices[vice] ?? 0));
  const vices = drawn.length === 0 ? NO_VICES : drawn;
  const options: DeviceOptions = {
    endpoint: endpointOf(fleet, index), fleet: name, lifetime, resources, variant, vices, radio,
    notifyEvery: report.every, confirmable: report.confirmable,
    awake: queueMode?.awake, closesAfterAck: queueMode?.closesAfterAck === true,
  };
  // Fields that most devices have no use for.
  const isPlain = firmware === undefined && eventLog !== true && refuses === undefined
    && send === undefined && security === undefined;
  return isPlain ? options : {
    ...options, firmware, eventLog: eventLog === true, refuses, send: shared.send,
    security: security && securityOf(security, options.endpoint, random),
  };
}

/** Of each kind by a stream of its own. */
function securityOf(
  kind: NonNullable<Fleet['security']>, endpoint: string, random: Random,
): SecurityOptions {
  const stream = random.fork(kind);
  switch (kind) {
    case 'psk': return { kind, identity: endpoint, key: stream.bytes(PSK_LENGTH) };
    case 'rpk': return { kind, rawKey: rawIdentityOf(endpoint, stream) };
    default: return { kind, x509: certifiedAs(endpoint, stream) };
  }
}

export function endpointOf(fleet: Fleet, index: number): string {
  return fleet.endpoint ?? `${fleet.name}-${numberOf(fleet, index)}`;
}

/** What its name ends in and its chance comes from: the same without the devices before it. */
export function numberOf({ numbers }: Fleet, index: number): number {
  return numbers?.[index] ?? index;
}

/** What every device has, and over it what the plan says. */
function valuesOf(
  { lifetime, queueMode, objects, firmware, eventLog, send }: Fleet, start: Milliseconds,
): Record<string, ValueAt> {
  const values: Record<string, ValueAt> = {
    '/1/0/0': integer(constant(1)), '/1/0/1': integer(constant(lifetime)),
    '/1/0/7': text('U'), ...(send !== undefined && { '/1/0/23': flag(false) }),
    '/3/0/0': text('Flownexus'), '/3/0/1': text('simulated'),
    '/3/0/2': (_, variant) => ({ type: 'string', value: variant.toString(16).padStart(8, '0') }),
    '/3/0/3': text((firmware ?? DEFAULT_FIRMWARE).version), '/3/0/13': clockTime(),
    '/3/0/16': text(queueMode === undefined ? 'U' : 'UQ'),
  };
  for (const [key, plan] of Object.entries(objects)) {
    const path = key.startsWith('/') ? key : `/${key}`;
    if (plan.signal === 'track') Object.assign(values, trackOf(path, plan, start));
    else values[path] = valueOf(path, plan, start);
  }
  if (firmware !== undefined) Object.assign(values, firmwareValues());
  if (eventLog === true) Object.assign(values, eventLogValues());
  return values;
}

/** A track is planned for an instance of Location, `6/0`, and gives its resources. */
function trackOf(
  path: string, { points, period }: Extract<SignalPlan, { signal: 'track' }>, start: Milliseconds,
): Record<string, ValueAt> {
  const instance = path.split('/').slice(0, 3).join('/');
  // Closed, so that the last point leads back to the first.
  const closed = [...points, ...points.slice(0, 1)];
  const each = period / Math.max(1, points.length);
  const along = (axis: 0 | 1): ValueAt => float(since(
    start, replay(closed.map((point, index) => [index * each, point[axis]])),
  ));
  return {
    [`${instance}/0`]: along(0), [`${instance}/1`]: along(1), [`${instance}/5`]: clockTime(),
  };
}

/** Of a plan: a resource, or an instance for a track. */
function pathOfKey(key: string): Path {
  const path = parsePath(key);
  assert(path.ok && path.value.instance !== undefined, `a path of a plan: ${key}`);
  return path.value;
}

type Measured = Exclude<SignalPlan, { signal: 'track' }>;

function valueOf(key: string, plan: Measured, start: Milliseconds): ValueAt {
  const { object, resource = 0 } = pathOfKey(key);
  const type = findResource(object, resource)?.type;
  if (plan.signal === 'constant' && typeof plan.value === 'string') return text(plan.value);
  if (plan.signal === 'constant' && typeof plan.value === 'boolean') return flag(plan.value);
  const signal = since(start, signalOf(plan));
  return type === 'integer' || type === 'unsigned' ? integer(signal) : float(signal);
}

function signalOf(plan: Measured): Signal {
  switch (plan.signal) {
    case 'constant': return constant(Number(plan.value));
    case 'sine': {
      const sine = wave(plan.mean, plan.amplitude, plan.period);
      return plan.noise > 0 ? noisy(sine, plan.noise) : sine;
    }
    case 'ramp': return ramp(plan.from, plan.to, plan.period);
    case 'randomWalk': return randomWalk(plan.start, plan.step);
    case 'csv': return replay(plan.points);
    default: return unreachable(plan);
  }
}

/** Signals count from the beginning of the run, whatever their period. */
function since(start: Milliseconds, signal: Signal): Signal {
  return (now, variant) => signal(Math.max(0, now - start), variant);
}
