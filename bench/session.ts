// What a session costs: memory of 100,000 registered devices with all that is kept for them, time
// per event of the actor, and time to restore them.

import { DEFAULT_CONFIG } from '../actors/config.ts';
import { rowOf } from '../actors/device.ts';
import { Lwm2mServer } from '../actors/server.ts';
import { Event, sessionMachine, type SessionEvent } from '../actors/session.machine.ts';
import { stateOf, transition } from '../actors/transitions.ts';
import { MESSAGE_ID_TICK } from '../core/coap/message-id.ts';
import { decodeMessage } from '../core/coap/codec.ts';
import { Code } from '../core/coap/message.ts';
import { observe } from '../core/coap/options.ts';
import type { Log, Place, Store } from '../core/ports.ts';
import { SECRET_KEY_LENGTH } from '../core/secret-box.ts';
import { assert } from '../core/result.ts';
import { NO_FACTS, type DeviceRow, type Facts } from '../core/store/changes.ts';
import { EPOCH } from '../sim/world.ts';
import { SimulatedBodies } from '../sim/body-files.ts';
import { VirtualClock } from '../sim/clock.ts';
import { SimulatedCrypto } from '../sim/crypto.ts';
import { SeededRandom } from '../sim/random.ts';
import { emptyDisk } from '../sim/store.ts';
import {
  NotificationTemplate, notFoundAnswer, observeAnswer, registerDatagram,
} from './load-messages.ts';
import { figure, type Figure, type Options } from './result.ts';

const SESSIONS = 100_000;
/** Devices of one firmware share a list; a real fleet has a few dozen firmwares. */
const OBJECT_LISTS = 32;

const quiet = (): void => undefined;
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const limits = { ...DEFAULT_CONFIG.limits, devicesMax: 1e7, devicesPerSourceMax: 1e7 };
const config = { ...DEFAULT_CONFIG, limits };

/** A disk that is always done at once: sessions alone are measured here. */
function instantStore(facts: Facts): Store {
  let ticket = 0;
  let committed: (ticket: number) => void = quiet;
  return {
    load: () => facts,
    commit: () => {
      committed(++ticket);
      return ticket;
    },
    onCommitted: (listener) => {
      committed = listener;
    },
    backlog: () => 0,
  };
}

interface Fleet {
  readonly server: Lwm2mServer;
  readonly clock: VirtualClock;
}

/** Registers devices, answers what the server asks, and sends one notification each. */
function fleetOf(count: number, facts: Facts = NO_FACTS): Fleet {
  const clock = new VirtualClock(EPOCH);
  const random = new SeededRandom(1);
  const outbox: { readonly to: Place; readonly datagram: Uint8Array }[] = [];
  const transport = {
    send: (to: Place, datagram: Uint8Array) => void outbox.push({ to, datagram }),
  };
  const bodies = new SimulatedBodies(clock, emptyDisk());
  const server = new Lwm2mServer(
    {
      clock, random, crypto: new SimulatedCrypto(random), transport, store: instantStore(facts),
      secretKey: new Uint8Array(SECRET_KEY_LENGTH), bodies, log,
    },
    config,
  );
  for (let index = 0; index < count; index++) {
    const host = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    const endpoint = `urn:imei:3526561${String(index).padStart(8, '0')}`;
    const links = `</1/0>,</3/0>,</3303/0>,</${20_000 + (index % OBJECT_LISTS)}/0>`;
    server.receive(0, host, 5683, registerDatagram(endpoint, links, 1));
    // Right after a start the server takes one Message ID a tick for each peer.
    while (outbox.length > 0) {
      answerAll(server, outbox);
      clock.runUntil(clock.now() + 2 * MESSAGE_ID_TICK);
    }
  }
  return { server, clock };
}

function answerAll(
  server: Lwm2mServer, outbox: { readonly to: Place; readonly datagram: Uint8Array }[],
): void {
  for (let sent = outbox.shift(); sent !== undefined; sent = outbox.shift()) {
    const decoded = decodeMessage(sent.datagram);
    assert(decoded.ok, 'the server speaks CoAP');
    const message = decoded.value;
    const { host } = sent.to.address;
    if (message.code !== Code.GET) continue;
    // The battery is not there; the temperature is observed and reported once.
    const isTemperature = observe(message) === 0 && message.options.length >= 5
      && message.options.some(({ value }) => new TextDecoder().decode(value) === '3303');
    server.receive(0, host, 5683, isTemperature ? observeAnswer(message) : notFoundAnswer(message));
    if (!isTemperature) continue;
    server.receive(0, host, 5683, new NotificationTemplate(message.token).next(2));
  }
}

export function sessionBytes(): Figure {
  const collect = globalThis.gc;
  assert(collect !== undefined, 'run with --expose-gc, as npm run bench does');
  const weigh = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  fleetOf(1000);
  const before = weigh();
  const fleet = fleetOf(SESSIONS);
  const bytes = (weigh() - before) / SESSIONS;
  assert(fleet.server.host.devices.size === SESSIONS, 'all are registered');
  const [first] = fleet.server.host.devices.values();
  const established = first?.observations.filter(({ state }) => state === 'established').length;
  return figure('session.bytes', bytes, 'bytes/session', {
    notes: [
      `${SESSIONS} registered, ${established} observation established and reported,`
      + ` de-duplication of ${fleet.server.host.layer.counters.received} messages,`
      + ` ${OBJECT_LISTS} object lists`,
    ],
  });
}

/** One day of a device as its actor sees it. */
const DAY: readonly SessionEvent[] = [
  Event.REGISTERED, Event.SETTLED, Event.UPDATED, Event.UNANSWERED_QUEUE_MODE, Event.HEARD,
  Event.UPDATED, Event.ADDRESS_CHANGED, Event.SETTLED, Event.FIRMWARE_DOWNLOADING,
  Event.FIRMWARE_DOWNLOADED, Event.FIRMWARE_IDLE, Event.WANTS_CHANGED, Event.SETTLED,
  Event.DEREGISTERED,
];

export function sessionStep(options: Options): Figure {
  const start = stateOf({
    registration: 'unregistered', reachability: 'offline', observations: 'none', firmware: 'idle',
  });
  const fresh = freshTransitionMicroseconds(start);
  const rounds = options.isQuick ? 20_000 : 500_000;
  let state = start;
  const begin = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (const event of DAY) state = transition(state, event).to;
  }
  const { user, system } = process.cpuUsage(begin);
  const each = (user + system) / (rounds * DAY.length);
  return figure('session.step', each, 'us/event', {
    notes: [`a transition never seen before ${fresh.toFixed(1)} us`,
      `${Object.keys(sessionMachine.states).length} regions`],
  });
}

/** Computes transitions with an empty table, again and again. */
function freshTransitionMicroseconds(start: ReturnType<typeof stateOf>): number {
  const rounds = 3000;
  let total = 0;
  for (let round = 0; round < rounds; round++) {
    let state = start;
    for (const event of DAY) {
      state.transitions.delete(event);
      const begin = performance.now();
      state = transition(state, event).to;
      total += performance.now() - begin;
    }
  }
  return total * 1000 / (rounds * DAY.length);
}

export function sessionRestore(): Figure {
  const collect = globalThis.gc;
  assert(collect !== undefined, 'run with --expose-gc, as npm run bench does');
  const facts = storedFacts();
  collect();
  const begin = performance.now();
  const restored = fleetOf(0, facts);
  const seconds = (performance.now() - begin) / 1000;
  assert(restored.server.host.devices.size === SESSIONS, 'all are back');
  return figure('session.restore', seconds, 's', { notes: [`${SESSIONS} from their rows`] });
}

/** The rows of a fleet, without the fleet. */
function storedFacts(): Facts {
  const { devices } = fleetOf(SESSIONS).server.host;
  const rows: DeviceRow[] = [...devices.values()].map(rowOf);
  return { ...NO_FACTS, devices: structuredClone(rows), nextDevice: SESSIONS + 1 };
}
