// The model commands in little, and what they leave behind when something is wrong: a report with
// seed and path, and a scenario that fails as well. The wrongs are planted.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Host } from '../../actors/host.ts';
import { NOT_FOUND, RecentMessages } from '../../core/coap/deduplication.ts';
import { comesToRest } from '../oracles/rest.ts';
import { runScenario } from '../run.ts';
import { parseScenario } from '../scenario/file.ts';
import type { Scenario } from '../scenario/model.ts';
import { writeScenario } from '../scenario/write.ts';
import { playCommands, scenarioOf, worldCommands, type WorldCommands } from './commands.ts';
import { writesScenario } from './counterexample.ts';
import { scenario } from './scenarios.ts';

const folder = mkdtempSync(join(tmpdir(), 'flownexus-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

/** The same ones each time. */
const FEW = { numRuns: 12, seed: 20_261_122 };

const commands = fc.property(worldCommands(), (drawn) => {
  playCommands(drawn);
});

/** What the assertion says, and what its file holds. */
function failing<Drawn extends unknown[]>(
  property: fc.IProperty<Drawn>,
): { report: string; written: Scenario } {
  const file = join(folder, 'counterexample.yaml');
  let report = '';
  try {
    fc.assert(property, { ...FEW, numRuns: 200, reporter: writesScenario(file) });
  } catch (error) {
    report = (error as Error).message;
  }
  expect(report).toContain(`As a scenario: flownexus run ${file}`);
  return { report, written: reread(readFileSync(file, 'utf8')) };
}

function reread(text: string): Scenario {
  const parsed = parseScenario(text, 'x.yaml');
  expect(parsed).toMatchObject({ ok: true });
  return (parsed as Extract<typeof parsed, { ok: true }>).value;
}

describe('model commands', () => {
  it('break no rule, and come to rest', () => {
    fc.assert(commands, FEW);
  });

  it('are the same run as a file', () => {
    const short = worldCommands({ maxCommands: 8 });
    for (const drawn of fc.sample(short, { ...FEW, numRuns: 200 })) {
      const played = playCommands(drawn);
      const written = scenarioOf(drawn);
      // A file has devices.
      if (written.fleets.length === 0) continue;
      expect(comesToRest(written)).toBe(true);
      const { traceHash, violations } = runScenario(reread(writeScenario(written)));
      expect([traceHash, violations]).toEqual([played.trace.hash, []]);
    }
  });

  it('ask the property after each of them', () => {
    let asked = 0;
    const [drawn] = fc.sample(worldCommands(), FEW) as [WorldCommands];
    playCommands(drawn, { check: () => asked++ });
    expect(asked).toBeGreaterThan(1);
    expect(() => playCommands(drawn, { check: () => expect.fail('as it must') }))
      .toThrow('as it must');
  });
});

describe('a planted wrong', () => {
  it.for([
    ['a message is not known again', 'duplicates', () => (
      vi.spyOn(RecentMessages.prototype, 'find').mockReturnValue(NOT_FOUND))],
    ['nothing waits for the disk', 'registration', () => (
      vi.spyOn(Host.prototype, 'afterCommit').mockImplementation((_, act) => act()))],
    ['a registration never ends', 'expiry', () => (
      vi.spyOn(Host.prototype, 'deadline').mockImplementation((device, delay) => (
        delay === 'lifetime' ? Infinity : device.awakeUntil)))],
  ] as const)('%s: it is found, and fails as a scenario', ([, rule, plant]) => {
    plant();
    const { report, written } = failing(commands);
    expect(report).toMatch(/seed: \d+, path: "[\d:]+"/);
    expect(report).toContain('replayPath');
    expect(runScenario(written).violations.map(({ oracle }) => oracle)).toContain(rule);
    vi.restoreAllMocks();
    expect(runScenario(written).violations).toEqual([]);
  });

  it('that a whole scenario shows is left behind as that scenario', () => {
    vi.spyOn(Host.prototype, 'afterCommit').mockImplementation((_, act) => act());
    const { written } = failing(fc.property(scenario(), (drawn) => (
      runScenario(drawn).violations.length === 0)));
    expect(runScenario(written).violations).not.toEqual([]);
  });

  it('that no scenario shows is reported as always', () => {
    const reporter = writesScenario<[number]>(join(folder, 'no.yaml'));
    const property = fc.property<[number]>(fc.nat(), () => false);
    expect(() => fc.assert(property, { reporter })).toThrow(/^Property failed after 1 tests/);
  });
});
