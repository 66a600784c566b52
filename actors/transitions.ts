// The session machine as a table: transitions are computed once by XState and remembered by
// (state, event), states are shared by all devices. 0.2 us an event instead of 20, and a device
// costs one reference (ARCHITECTURE.md, "Sessions").

import type { AnyActorScope } from 'xstate';
import type { SessionStates } from '../core/api/management.ts';
import { assert } from '../core/result.ts';
import {
  sessionMachine, type DelayName, type Effect, type SessionEvent,
} from './session.machine.ts';

type Snapshot = ReturnType<typeof sessionMachine.resolveState>;

/** The machine has 192 combinations of states; more would mean that context crept in. */
const STATES_MAX = 192;

export interface Transition {
  readonly to: SessionState;
  /** What the host carries out, in order. */
  readonly effects: readonly Effect[];
}

/** A transition that somebody took. */
export interface Taken {
  readonly states: SessionStates;
  readonly event: SessionEvent;
}

/** One combination of states, shared by every device that is in it. */
export interface SessionState {
  readonly states: SessionStates;
  /** The delays that run in this state, and the event each ends with. */
  readonly delays: readonly { readonly name: DelayName; readonly event: SessionEvent }[];
  readonly snapshot: Snapshot;
  readonly transitions: Map<SessionEvent, Transition>;
}

const known = new Map<string, SessionState>();
/** Events of ended delays by type: like all events they are looked up by identity. */
const delayEvents = new Map<string, SessionEvent>();
let recorded: Effect[] = [];

// The public transition() of XState builds a throw-away actor per call (128 us); the machine's
// own takes a scope, and this one records actions instead of running them.
const scope = {
  id: 'session', sessionId: 'session', self: {}, logger: nothing, defer: nothing, emit: nothing,
  stopChild: nothing, system: { _sendInspectionEvent: nothing }, actionExecutor: recordAction,
} as unknown as AnyActorScope;

/** The shared state with these region states, as at a restart. */
export function stateOf(states: SessionStates): SessionState {
  return known.get(keyOf(states))
    ?? intern(sessionMachine.resolveState({ value: { ...states }, context: {} }));
}

/** Where an event leads from a state; `to` is the same object when nothing changes. */
export function transition(from: SessionState, event: SessionEvent): Transition {
  return from.transitions.get(event) ?? compute(from, event);
}

/**
 * The transitions taken since this was asked last, by all devices of this thread. They are
 * forgotten and computed anew when they are taken again, so that looking one up costs nothing more.
 */
export function forgetTaken(): Taken[] {
  const taken: Taken[] = [];
  for (const { states, transitions } of known.values()) {
    for (const event of transitions.keys()) taken.push({ states, event });
    transitions.clear();
  }
  return taken;
}

function compute(from: SessionState, event: SessionEvent): Transition {
  recorded = [];
  const next = sessionMachine.transition(from.snapshot, event, scope as never) as Snapshot;
  assert(next.status === 'active', 'the session machine has no final state');
  const computed = { to: intern(next), effects: recorded };
  from.transitions.set(event, computed);
  return computed;
}

function intern(snapshot: Snapshot): SessionState {
  const states = snapshot.value as unknown as SessionStates;
  const key = keyOf(states);
  const shared = known.get(key);
  if (shared !== undefined) return shared;
  assert(known.size < STATES_MAX, 'the session machine has few states');
  const state = { states, delays: delaysIn(snapshot), snapshot, transitions: new Map() };
  known.set(key, state);
  return state;
}

function keyOf({ registration, reachability, observations, firmware }: SessionStates): string {
  return `${registration} ${reachability} ${observations} ${firmware}`;
}

/**
 * The host derives its one timer per device from these, so that the machine's own scheduling
 * (xstate.raise and xstate.cancel) has nothing to add, and a restart arms the same delays.
 */
function delaysIn(snapshot: Snapshot): SessionState['delays'] {
  return snapshot._nodes.flatMap((node) => node.after.map(({ delay, eventType }) => {
    const event = delayEvents.get(eventType) ?? ({ type: eventType } as unknown as SessionEvent);
    delayEvents.set(eventType, event);
    return { name: delay as DelayName, event };
  }));
}

function recordAction(action: { type: string; params?: unknown }): void {
  if (action.type.startsWith('xstate.')) return;
  const { type, params } = action;
  recorded.push((params === undefined ? { type } : { type, params }) as Effect);
}

function nothing(): void {
  // XState's own machinery has nothing to do here.
}
