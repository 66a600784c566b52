// Changes for a while and for good, one over the other: in force is what began last and still
// holds, of each rule; in a run, and where the end of a run is judged.

import { describe, expect, it } from 'vitest';
import { CALM, type NetworkRules } from './network-rules.ts';
import { comesToRest } from './oracles/rest.ts';
import { Overlaid } from './overlaid.ts';
import { runScenario } from './run.ts';
import type { Action, Fleet, Scenario, TimedAction } from './scenario/model.ts';
import { USUAL_DELAY } from './store.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const LOSS = 20_000;

const meters: Fleet = {
  name: 'meters', count: 1, network: 'field', driver: 'world', lifetime: 600, queueMode: undefined,
  start: { at: 0, spread: 0 }, report: { every: 5 * MINUTE, confirmable: true },
  objects: {}, vices: {}, radio: undefined,
};

function scenario(timeline: readonly TimedAction[], duration: number): Scenario {
  return {
    name: 'Test', why: 'To be run.', seed: 1, duration,
    server: { awakeWindow: undefined, registration: 'open', restart: undefined },
    networks: { field: CALM }, fleets: [meters], observe: [], timeline, expect: [],
  };
}

/** The world of a run as it stands after so many minutes. */
function worldAt(minutes: number, timeline: readonly TimedAction[]): World {
  let world: World | undefined;
  const options = { onEnd: (one: World) => { world = one; } };
  expect(runScenario(scenario(timeline, minutes * MINUTE), options).violations).toEqual([]);
  return world as World;
}

function at(minutes: number, action: Action, repeat?: TimedAction['repeat']): TimedAction {
  return { at: minutes * MINUTE, repeat, action };
}

/** Without a number of minutes for good. */
function change(rules: Partial<NetworkRules>, minutes?: number): Action {
  const span = minutes === undefined ? undefined : minutes * MINUTE;
  return { kind: 'network', network: 'field', rules, span };
}

function slow(commit: number, minutes: number): Action {
  return { kind: 'slow disk', commit, span: minutes * MINUTE };
}

describe('changes that overlap', () => {
  it('leave of each rule what began last and still holds', () => {
    const rules = new Overlaid({ loss: 0, mtu: 0 });
    rules.change({ loss: 1, mtu: 100 }, 0, 50);
    rules.change({ loss: 2 }, 10, 30);
    expect([10, 29, 30, 50].map((time) => rules.at(time))).toEqual([
      { loss: 2, mtu: 100 }, { loss: 2, mtu: 100 }, { loss: 1, mtu: 100 }, { loss: 0, mtu: 0 },
    ]);
    rules.change({ loss: 3 }, 20, Infinity);
    expect([20, 30, 50].map((time) => rules.at(time).loss)).toEqual([3, 3, 3]);
    rules.change({ loss: 4 }, 25, 40);
    expect([25, 40].map((time) => rules.at(time).loss)).toEqual([4, 3]);
  });

  it('of a network do not undo each other', () => {
    const timeline = [
      at(1, change({ loss: 1000, mtu: 1000 }, 20)), at(2, change({ loss: 2000 }, 5)),
      at(5, change({ duplicate: 3000 })),
    ];
    const heldAfter = (minutes: number) => worldAt(minutes, timeline).network.rulesOf('field');
    expect(heldAfter(3)).toEqual({ ...CALM, loss: 2000, mtu: 1000 });
    expect(heldAfter(8)).toEqual({ ...CALM, loss: 1000, mtu: 1000, duplicate: 3000 });
    expect(heldAfter(22)).toEqual({ ...CALM, duplicate: 3000 });
  });

  it('of the disk do not undo each other', () => {
    const timeline = [at(1, slow(500, 20)), at(2, slow(900, 5)), at(15, slow(700, 20))];
    const heldAfter = (minutes: number) => worldAt(minutes, timeline).disk.commitDelay;
    expect([3, 8, 22].map((minutes) => heldAfter(minutes).least)).toEqual([900, 500, 700]);
    expect(heldAfter(36)).toEqual(USUAL_DELAY);
  });
});

describe('a run comes to rest', () => {
  const loss = { loss: LOSS };
  const calm = { loss: 0 };
  const again = { every: 10 * MINUTE, until: 20 * MINUTE };
  it.for([
    ['with a loss that passes', [at(5, change(loss, 5))], true],
    ['not with a loss that stays', [at(5, change(loss))], false],
    ['not when another ends after it', [at(5, change(loss)), at(6, change(loss, 5))], false],
    ['not when one ends that began before', [at(5, change(calm, 5)), at(6, change(loss))], false],
    ['when the loss was taken back', [at(5, change(loss)), at(6, change(calm))], true],
    ['not when it recurs', [at(5, change(loss), again), at(6, change(calm))], false],
    ['by what was put on the clock last',
      [at(5, change(calm), { every: 10 * MINUTE, until: 15 * MINUTE }), at(15, change(loss))], true],
  ] as const)('%s', ([, timeline, expected]) => {
    expect(comesToRest(scenario(timeline, 120 * MINUTE))).toBe(expected);
  });

  it('as the network of the run says', () => {
    const timeline = [at(5, change(calm), again), at(15, change(loss)), at(25, change(loss, 1))];
    expect(comesToRest(scenario(timeline, 120 * MINUTE))).toBe(true);
    expect(worldAt(30, timeline).network.rulesOf('field')).toEqual(CALM);
  });
});
