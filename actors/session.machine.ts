// The session of one device as a statechart of four regions: registration (LwM2M Core s6.2),
// reachability (queue mode, LwM2M Transport s6.5), wanted reads and observations (Core s6.4) and
// the firmware update (Core E.6). It decides; the host carries out. It has no context: guards
// look at the event and the states alone, so that transitions can be remembered as a table.

import { raise, setup, stateIn } from 'xstate';
import type { SessionEventType } from '../core/store/changes.ts';

export type SessionEvent =
  | { readonly type: 'REGISTERED' }
  | { readonly type: 'UPDATED' }
  | { readonly type: 'ADDRESS_CHANGED' }
  | { readonly type: 'DEREGISTERED' }
  /** Any other message of the device. */
  | { readonly type: 'HEARD' }
  /** A request used all its retransmissions. */
  | { readonly type: 'UNANSWERED'; readonly queueMode: boolean }
  /** Every wanted read and observation was answered, one way or the other. */
  | { readonly type: 'SETTLED' }
  /** A person wants other observations than before. */
  | { readonly type: 'WANTS_CHANGED' }
  /** The device reported /5/0/3. */
  | { readonly type: 'FIRMWARE_STATE'; readonly state: 0 | 1 | 2 | 3 }
  /** Raised inside: the registration is over. */
  | { readonly type: 'ENDED' }
  /** Raised inside: the awake window closed. */
  | { readonly type: 'SLEPT' };

/** Each event that comes from outside, made once: the transition table looks up by identity. */
export const Event = {
  REGISTERED: { type: 'REGISTERED' },
  UPDATED: { type: 'UPDATED' },
  ADDRESS_CHANGED: { type: 'ADDRESS_CHANGED' },
  DEREGISTERED: { type: 'DEREGISTERED' },
  HEARD: { type: 'HEARD' },
  UNANSWERED_QUEUE_MODE: { type: 'UNANSWERED', queueMode: true },
  UNANSWERED: { type: 'UNANSWERED', queueMode: false },
  SETTLED: { type: 'SETTLED' },
  WANTS_CHANGED: { type: 'WANTS_CHANGED' },
  FIRMWARE_IDLE: { type: 'FIRMWARE_STATE', state: 0 },
  FIRMWARE_DOWNLOADING: { type: 'FIRMWARE_STATE', state: 1 },
  FIRMWARE_DOWNLOADED: { type: 'FIRMWARE_STATE', state: 2 },
  FIRMWARE_UPDATING: { type: 'FIRMWARE_STATE', state: 3 },
} as const satisfies Record<string, SessionEvent>;

/** /5/0/3 as reported, to its event. */
export const FIRMWARE_EVENTS = [
  Event.FIRMWARE_IDLE, Event.FIRMWARE_DOWNLOADING,
  Event.FIRMWARE_DOWNLOADED, Event.FIRMWARE_UPDATING,
] as const;

/** The delays by name; the host knows each device's deadline for them. */
export type DelayName = 'lifetime' | 'awakeWindow';

/** What the machine asks of the host, besides its delays. */
export type Effect =
  | { readonly type: 'record'; readonly params: { readonly event: SessionEventType } }
  /** Forget the observations of a registration that is over. */
  | { readonly type: 'voidWanted' }
  /** Begin anew with everything wanted. */
  | { readonly type: 'startWanted' }
  /** The address changed: observe everything again, with the same tokens. */
  | { readonly type: 'renewWanted' }
  /** Something wanted is missing or no longer wanted. */
  | { readonly type: 'revisitWanted' }
  /** The device stopped listening: no retransmission either. */
  | { readonly type: 'withdraw' }
  /** The device listens: send it what waits. */
  | { readonly type: 'sendNext' };

export type EffectName = Effect['type'];

const nothing = (): void => undefined;

const session = setup({
  types: { context: {} as Record<string, never>, events: {} as SessionEvent },
  actions: {
    record: (_, _params: { event: SessionEventType }): void => undefined,
    voidWanted: nothing,
    startWanted: nothing,
    renewWanted: nothing,
    revisitWanted: nothing,
    withdraw: nothing,
    sendNext: nothing,
  },
  guards: {
    usesQueueMode: ({ event }) => event.type === 'UNANSWERED' && event.queueMode,
    isAwake: stateIn({ reachability: 'awake' }),
    reports: ({ event }, params: { state: 0 | 1 | 2 | 3 }) =>
      event.type === 'FIRMWARE_STATE' && event.state === params.state,
  },
  // Only the names matter: the host resolves them to absolute deadlines.
  delays: { lifetime: 1, awakeWindow: 1 },
});

const registration = session.createStateConfig({
  initial: 'unregistered',
  states: {
    unregistered: {
      on: { REGISTERED: { target: 'registered', actions: record('registered') } },
    },
    registered: {
      on: {
        // Core s6.2: a Register of a known endpoint replaces its registration.
        REGISTERED: { actions: record('registered') },
        UPDATED: { actions: record('updated') },
        ADDRESS_CHANGED: { actions: record('reconnected') },
        DEREGISTERED: {
          target: 'unregistered',
          actions: [record('deregistered'), raise({ type: 'ENDED' })],
        },
      },
      after: {
        lifetime: { target: 'expired', actions: [record('expired'), raise({ type: 'ENDED' })] },
      },
    },
    expired: {
      on: { REGISTERED: { target: 'registered', actions: record('registered') } },
    },
  },
});

const reachability = session.createStateConfig({
  initial: 'offline',
  on: { REGISTERED: '.awake', ENDED: '.offline' },
  states: {
    offline: {},
    awake: {
      entry: 'sendNext',
      on: {
        UNANSWERED: [{ guard: 'usesQueueMode', target: 'asleep' }, { target: 'silent' }],
      },
      after: {
        awakeWindow: { target: 'asleep', actions: ['withdraw', raise({ type: 'SLEPT' })] },
      },
    },
    asleep: { on: { HEARD: 'awake', UPDATED: 'awake' } },
    silent: { on: { HEARD: 'awake', UPDATED: 'awake' } },
  },
});

const observations = session.createStateConfig({
  initial: 'none',
  on: {
    // Core s6.4.1: a registration voids its observations; the server makes them again.
    REGISTERED: { target: '.establishing', actions: ['voidWanted', 'startWanted'] },
    ENDED: { target: '.none', actions: 'voidWanted' },
  },
  states: {
    none: {},
    establishing: {
      entry: 'sendNext',
      on: {
        SETTLED: 'inPlace',
        UNANSWERED: 'waiting',
        SLEPT: 'waiting',
        // What was under way went to the old address and is cancelled: somebody must go on.
        ADDRESS_CHANGED: { actions: ['renewWanted', 'sendNext'] },
        WANTS_CHANGED: { actions: 'revisitWanted' },
      },
    },
    waiting: {
      on: {
        HEARD: 'establishing',
        UPDATED: 'establishing',
        ADDRESS_CHANGED: { actions: 'renewWanted' },
        WANTS_CHANGED: { actions: 'revisitWanted' },
      },
    },
    inPlace: {
      on: {
        ADDRESS_CHANGED: [
          { guard: 'isAwake', target: 'establishing', actions: 'renewWanted' },
          { target: 'waiting', actions: 'renewWanted' },
        ],
        WANTS_CHANGED: [
          { guard: 'isAwake', target: 'establishing', actions: 'revisitWanted' },
          { target: 'waiting', actions: 'revisitWanted' },
        ],
      },
    },
  },
});

const firmware = session.createStateConfig({
  initial: 'idle',
  on: {
    FIRMWARE_STATE: [
      { guard: { type: 'reports', params: { state: 0 } }, target: '.idle' },
      { guard: { type: 'reports', params: { state: 1 } }, target: '.downloading' },
      { guard: { type: 'reports', params: { state: 2 } }, target: '.downloaded' },
      { guard: { type: 'reports', params: { state: 3 } }, target: '.updating' },
    ],
  },
  states: { idle: {}, downloading: {}, downloaded: {}, updating: {} },
});

export const sessionMachine = session.createMachine({
  id: 'session',
  type: 'parallel',
  context: {},
  states: { registration, reachability, observations, firmware },
});

function record(event: SessionEventType): Extract<Effect, { type: 'record' }> {
  return { type: 'record', params: { event } };
}
