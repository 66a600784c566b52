// The session machine as a table of what each event does in each state, its invariants in every
// state that can be reached, and the three readings of it that must agree: XState's own, the
// remembered transitions of the host, and the picture for people.

import { getShortestPaths } from 'xstate/graph';
import { transition as computed } from 'xstate';
import { describe, expect, it, test } from 'vitest';
import type { SessionStates } from '../core/api/management.ts';
import { describeSession } from './describe.ts';
import { Event, sessionMachine, type Effect, type SessionEvent } from './session.machine.ts';
import { stateOf, transition } from './transitions.ts';

/** The ends of delays as the events they arrive as. */
const LIFETIME_OVER = { type: 'xstate.after.lifetime.session.registration.registered' };
const WINDOW_OVER = { type: 'xstate.after.awakeWindow.session.reachability.awake' };
const DELAYS = [LIFETIME_OVER, WINDOW_OVER] as unknown as readonly SessionEvent[];
const EVENTS: readonly SessionEvent[] = [...Object.values(Event), ...DELAYS];

/** `registered awake inPlace idle`, in the order of the regions. */
function named(states: SessionStates): string {
  return Object.values(states).join(' ');
}

function statesOf(name: string): SessionStates {
  const [registration, reachability, observations, firmware = 'idle'] = name.split(' ');
  return { registration, reachability, observations, firmware } as SessionStates;
}

/** `record:registered` or the effect's own name. */
function effectNames(effects: readonly Effect[]): string {
  return effects.map((one) => one.type === 'record' ? `record:${one.params.event}` : one.type)
    .join(' ');
}

type Name = keyof typeof Event | 'lifetime' | 'awakeWindow';

function eventOf(from: string, name: Name): SessionEvent {
  if (name !== 'lifetime' && name !== 'awakeWindow') return Event[name];
  const delay = stateOf(statesOf(from)).delays.find((one) => one.name === name);
  expect(delay, `${name} runs in ${from}`).toBeDefined();
  return delay!.event;
}

const BEGIN = 'record:registered voidWanted startWanted sendNext sendNext';

describe('an event in a state', () => {
  test.for<[from: string, event: Name, to: string, effects: string]>([
    // Registration, LwM2M Core 1.1.1 s6.2.
    ['unregistered offline none', 'REGISTERED', 'registered awake establishing', BEGIN],
    ['expired offline none', 'REGISTERED', 'registered awake establishing', BEGIN],
    ['registered awake inPlace', 'REGISTERED', 'registered awake establishing', BEGIN],
    ['registered awake establishing', 'REGISTERED', 'registered awake establishing', BEGIN],
    ['registered asleep waiting', 'REGISTERED', 'registered awake establishing', BEGIN],
    ['registered silent inPlace', 'REGISTERED', 'registered awake establishing', BEGIN],
    ['registered awake inPlace', 'UPDATED', 'registered awake inPlace', 'record:updated'],
    ['registered awake inPlace', 'DEREGISTERED', 'unregistered offline none',
      'record:deregistered voidWanted'],
    ['registered asleep waiting', 'DEREGISTERED', 'unregistered offline none',
      'record:deregistered voidWanted'],
    ['registered asleep inPlace', 'lifetime', 'expired offline none', 'record:expired voidWanted'],
    ['registered awake establishing', 'lifetime', 'expired offline none',
      'record:expired voidWanted'],
    // Queue mode, LwM2M Transport 1.1.1 s6.5.
    ['registered awake inPlace', 'awakeWindow', 'registered asleep inPlace', 'withdraw'],
    ['registered awake establishing', 'awakeWindow', 'registered asleep waiting', 'withdraw'],
    ['registered awake inPlace', 'HEARD', 'registered awake inPlace', ''],
    ['registered asleep inPlace', 'HEARD', 'registered awake inPlace', 'sendNext'],
    ['registered asleep inPlace', 'UPDATED', 'registered awake inPlace',
      'record:updated sendNext'],
    ['registered asleep waiting', 'HEARD', 'registered awake establishing', 'sendNext sendNext'],
    ['registered silent waiting', 'UPDATED', 'registered awake establishing',
      'record:updated sendNext sendNext'],
    ['registered awake inPlace', 'UNANSWERED', 'registered silent inPlace', ''],
    ['registered awake inPlace', 'UNANSWERED_QUEUE_MODE', 'registered asleep inPlace', ''],
    ['registered awake establishing', 'UNANSWERED', 'registered silent waiting', ''],
    ['registered asleep waiting', 'UNANSWERED_QUEUE_MODE', 'registered asleep waiting', ''],
    // Observations, LwM2M Core 1.1.1 s6.4.
    ['registered awake establishing', 'SETTLED', 'registered awake inPlace', ''],
    ['registered awake inPlace', 'WANTS_CHANGED', 'registered awake establishing',
      'revisitWanted sendNext'],
    ['registered asleep inPlace', 'WANTS_CHANGED', 'registered asleep waiting', 'revisitWanted'],
    ['registered asleep waiting', 'WANTS_CHANGED', 'registered asleep waiting', 'revisitWanted'],
    ['registered awake establishing', 'WANTS_CHANGED', 'registered awake establishing',
      'revisitWanted'],
    ['registered awake inPlace', 'ADDRESS_CHANGED', 'registered awake establishing',
      'record:reconnected renewWanted sendNext'],
    ['registered awake establishing', 'ADDRESS_CHANGED', 'registered awake establishing',
      'record:reconnected renewWanted sendNext'],
    ['registered asleep inPlace', 'ADDRESS_CHANGED', 'registered asleep waiting',
      'record:reconnected renewWanted'],
    ['registered silent waiting', 'ADDRESS_CHANGED', 'registered silent waiting',
      'record:reconnected renewWanted'],
    // The firmware update, LwM2M Core 1.1.1 E.6, as reported and in any order.
    ['registered awake inPlace idle', 'FIRMWARE_DOWNLOADING',
      'registered awake inPlace downloading', ''],
    ['registered asleep inPlace downloading', 'FIRMWARE_UPDATING',
      'registered asleep inPlace updating', ''],
    ['registered awake inPlace updating', 'FIRMWARE_IDLE', 'registered awake inPlace idle', ''],
    ['registered awake inPlace updating', 'REGISTERED',
      'registered awake establishing updating', BEGIN],
  ])('%s, %s: %s, %s', ([from, event, to, effects]) => {
    const next = transition(stateOf(statesOf(from)), eventOf(from, event));
    expect(named(next.to.states)).toBe(named(statesOf(to)));
    expect(effectNames(next.effects)).toBe(effects);
  });

  test.for<[from: string, events: readonly Name[]]>([
    ['unregistered offline none', [
      'UPDATED', 'ADDRESS_CHANGED', 'DEREGISTERED', 'HEARD', 'UNANSWERED',
      'UNANSWERED_QUEUE_MODE', 'SETTLED', 'WANTS_CHANGED', 'FIRMWARE_IDLE']],
    ['expired offline none', [
      'UPDATED', 'ADDRESS_CHANGED', 'DEREGISTERED', 'HEARD', 'UNANSWERED',
      'UNANSWERED_QUEUE_MODE', 'SETTLED', 'WANTS_CHANGED', 'FIRMWARE_IDLE']],
    ['registered asleep inPlace', ['SETTLED', 'UNANSWERED', 'UNANSWERED_QUEUE_MODE']],
    ['registered silent waiting', ['SETTLED', 'UNANSWERED', 'UNANSWERED_QUEUE_MODE']],
    ['registered awake inPlace', ['HEARD', 'SETTLED', 'FIRMWARE_IDLE']],
  ])('in %s nothing happens at %s', ([from, events]) => {
    const state = stateOf(statesOf(from));
    for (const event of events) {
      const next = transition(state, eventOf(from, event));
      expect(next.to, event).toBe(state);
      expect(next.effects, event).toEqual([]);
    }
  });
});

const paths = getShortestPaths(sessionMachine, {
  events: EVENTS as SessionEvent[],
  serializeState: ({ value }) => named(value as unknown as SessionStates),
});
const reachable = paths.map(({ state }) => state);

/** Each event in each reachable state, once. */
function* everyStep() {
  for (const snapshot of reachable) {
    const states = snapshot.value as unknown as SessionStates;
    for (const event of EVENTS) yield { snapshot, states, event, ...taken(states, event) };
  }
}

/** The host looks events up by identity, also those of delays. */
function taken(states: SessionStates, event: SessionEvent) {
  const state = stateOf(states);
  const delay = state.delays.find((one) => one.event.type === event.type);
  return transition(state, delay?.event ?? event);
}

describe('in every state that can be reached', () => {
  it('there are as many as the regions allow', () => {
    // Of 3 x 3 combinations of a registered device's reachability and observations, awake goes
    // not with waiting, and establishing only with awake; 4 states of the firmware each.
    expect(reachable).toHaveLength((2 + 6) * 4);
  });

  it.for(paths.map(({ state }) => named(state.value as unknown as SessionStates)))('%s', (name) => {
    const { registration, reachability, observations } = statesOf(name);
    const isRegistered = registration === 'registered';
    expect(reachability === 'offline').toBe(!isRegistered);
    expect(observations === 'none').toBe(!isRegistered);
    if (observations === 'establishing') expect(reachability).toBe('awake');
    if (observations === 'waiting') expect(reachability).not.toBe('awake');
    const delays = stateOf(statesOf(name)).delays.map((one) => one.name).sort();
    const expected = [
      ...(reachability === 'awake' ? ['awakeWindow'] : []), ...(isRegistered ? ['lifetime'] : []),
    ];
    expect(delays).toEqual(expected);
  });

  it('a Register begins anew, and the end of a registration leaves nothing', () => {
    for (const { states, event, to, effects } of everyStep()) {
      if (event === Event.REGISTERED) {
        expect(to.states).toMatchObject(
          { registration: 'registered', reachability: 'awake', observations: 'establishing' },
        );
        expect(effectNames(effects)).toBe(BEGIN);
      }
      const isOver = states.registration === 'registered'
        && to.states.registration !== 'registered';
      if (isOver) expect(effectNames(effects)).toMatch(/^record:(deregistered|expired) voidWanted$/);
    }
  });

  it('who begins to listen, or to establish, is sent what waits', () => {
    for (const { states, to, effects } of everyStep()) {
      const begins = (states.reachability !== 'awake' && to.states.reachability === 'awake')
        || (states.observations !== 'establishing' && to.states.observations === 'establishing');
      if (begins) expect(effectNames(effects)).toContain('sendNext');
      if (to.states.reachability !== 'awake') expect(effectNames(effects)).not.toContain('sendNext');
    }
  });

  it('the firmware follows its reports and nothing else', () => {
    for (const { states, event, to } of everyStep()) {
      if (event.type === 'FIRMWARE_STATE') {
        const order = ['idle', 'downloading', 'downloaded', 'updating'];
        expect(order.indexOf(to.states.firmware)).toBe(event.state);
        expect({ ...to.states, firmware: '' }).toEqual({ ...states, firmware: '' });
      } else expect(to.states.firmware).toBe(states.firmware);
    }
  });
});

describe('the remembered transitions', () => {
  it('are those that XState computes', () => {
    for (const { snapshot, event, to, effects } of everyStep()) {
      const [next, actions] = computed(sessionMachine, snapshot, event);
      expect(to.states).toEqual(next.value);
      const expected = actions.filter(({ type }) => !type.startsWith('xstate.'))
        .map(({ type, params }) => (params === undefined ? { type } : { type, params }));
      expect(effects).toEqual(expected);
    }
  });

  it('are computed once and share their states', () => {
    for (const { states, event, to } of everyStep()) {
      expect(taken(states, event)).toBe(taken(states, event));
      expect(stateOf({ ...to.states })).toBe(to);
    }
  });

  it('end with the delays that the machine declares', () => {
    const events = new Set(reachable.flatMap(({ value }) =>
      stateOf(value as unknown as SessionStates).delays.map(({ event }) => event.type)));
    expect([...events].sort()).toEqual(DELAYS.map(({ type }) => type as string).sort());
  });
});

/** What the machine raises inside, by the event that makes it do so. */
const RAISED: Readonly<Record<string, string>> = {
  'DEREGISTERED': 'ENDED', 'after lifetime': 'ENDED', 'after awakeWindow': 'SLEPT',
};

describe('the picture for people', () => {
  const drawn = new Set(describeSession().regions.flatMap(({ id, transitions }) =>
    transitions.map(({ from, to, event }) => `${id}: ${from} > ${to} at ${event}`)));

  it('shows every change that can happen, and no other', () => {
    const happened = new Set<string>();
    for (const { states, event, to } of everyStep()) {
      const name = event.type.startsWith('xstate.after.')
        ? `after ${event.type.split('.')[2]}` : event.type;
      for (const region of Object.keys(states) as (keyof SessionStates)[]) {
        const [before, after] = [states[region], to.states[region]];
        if (before === after) continue;
        const line = (cause: string) => `${region}: ${before} > ${after} at ${cause}`;
        const cause = [name, RAISED[name]].find((one) => one !== undefined && drawn.has(line(one)));
        happened.add(line(cause ?? name));
      }
    }
    expect([...happened].sort()).toEqual([...drawn].sort());
  });

  it('names the states of each region, beginning with the first', () => {
    expect(describeSession().regions.map(({ id, initial, states }) => [id, initial, states]))
      .toEqual([
        ['registration', 'unregistered', ['unregistered', 'registered', 'expired']],
        ['reachability', 'offline', ['offline', 'awake', 'asleep', 'silent']],
        ['observations', 'none', ['none', 'establishing', 'waiting', 'inPlace']],
        ['firmware', 'idle', ['idle', 'downloading', 'downloaded', 'updating']],
      ]);
  });
});
