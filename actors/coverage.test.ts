// What a campaign reached of the session machine: the reactions of the regions that each remembered
// transition stands for, and counts of runs.

import { describe, expect, it } from 'vitest';
import type { SessionStates } from '../core/api/management.ts';
import { reactionsTo, SessionCoverage } from './coverage.ts';
import { Event, type SessionEvent } from './session.machine.ts';
import { forgetTaken, stateOf, transition } from './transitions.ts';

function statesOf(name: string): SessionStates {
  const [registration, reachability, observations, firmware] = name.split(' ');
  return { registration, reachability, observations, firmware } as SessionStates;
}

function words(states: SessionStates, event: SessionEvent): string[] {
  return reactionsTo({ states, event })
    .map((one) => `${one.region}: ${one.from} > ${one.to} at ${one.event}`);
}

describe('the reactions to an event', () => {
  it.for<[from: string, event: keyof typeof Event, reactions: string[]]>([
    ['registered asleep waiting idle', 'HEARD', [
      'reachability: asleep > awake at HEARD', 'observations: waiting > establishing at HEARD']],
    ['registered awake inPlace idle', 'UPDATED', [
      'registration: registered > registered at UPDATED']],
    ['registered awake establishing idle', 'UNANSWERED_QUEUE_MODE', [
      'reachability: awake > asleep at UNANSWERED',
      'observations: establishing > waiting at UNANSWERED']],
    ['registered silent inPlace idle', 'DEREGISTERED', [
      'registration: registered > unregistered at DEREGISTERED',
      'reachability: silent > offline at ENDED', 'observations: inPlace > none at ENDED']],
    ['registered awake inPlace idle', 'FIRMWARE_UPDATING', [
      'firmware: idle > updating at FIRMWARE_STATE']],
    ['unregistered offline none idle', 'HEARD', []],
  ])('%s, %s', ([from, event, reactions]) => {
    expect(words(statesOf(from), Event[event])).toEqual(reactions);
  });

  it('are those of what a delay raises, too', () => {
    const states = statesOf('registered awake establishing idle');
    const delay = stateOf(states).delays.find(({ name }) => name === 'awakeWindow')!;
    expect(words(states, delay.event)).toEqual([
      'reachability: awake > asleep at after awakeWindow',
      'observations: establishing > waiting at SLEPT',
    ]);
  });

  it('lead where the transition leads', () => {
    for (const registered of ['awake establishing', 'asleep waiting', 'silent inPlace']) {
      const from = stateOf(statesOf(`registered ${registered} idle`));
      const ends = from.delays.map(({ event }) => event);
      for (const event of [...Object.values(Event), ...ends]) {
        const changed = Object.fromEntries(reactionsTo({ states: from.states, event })
          .map(({ region, to }) => [region, to]));
        expect({ ...from.states, ...changed }).toEqual(transition(from, event).to.states);
      }
    }
  });
});

describe('coverage', () => {
  it('counts runs, not times, and names what was not reached', () => {
    const coverage = new SessionCoverage();
    forgetTaken();
    const reached = (runs: number) => coverage.all.filter((one) => one.runs === runs)
      .map(({ region, from, event }) => `${region} ${from} ${event}`);
    for (const lastEvent of ['REGISTERED', 'DEREGISTERED'] as const) {
      let state = stateOf(statesOf('unregistered offline none idle'));
      for (const event of ['REGISTERED', 'SETTLED', 'UPDATED', 'UPDATED', lastEvent] as const) {
        state = transition(state, Event[event]).to;
      }
      coverage.add(structuredClone(forgetTaken()));
    }
    expect(forgetTaken()).toEqual([]);
    expect(reached(2)).toEqual([
      'registration unregistered REGISTERED', 'registration registered UPDATED',
      'reachability offline REGISTERED', 'observations establishing SETTLED',
      'observations none REGISTERED',
    ]);
    expect(reached(1)).toEqual([
      'registration registered REGISTERED', 'registration registered DEREGISTERED',
      'reachability awake ENDED', 'observations inPlace REGISTERED', 'observations inPlace ENDED',
    ]);
    expect(reached(0)).toHaveLength(coverage.all.length - 10);
  });
});
