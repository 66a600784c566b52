// What is written is read as the same scenario, whatever the scenario.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { swarmScenario } from '../swarm.ts';
import { parseScenario } from './file.ts';
import type { Scenario } from './model.ts';
import { writeScenario } from './write.ts';

const FOLDER = new URL('../../scenarios/', import.meta.url);
const SCHEMA = './scenario.schema.json';

function read(text: string): Scenario {
  const parsed = parseScenario(text, 's.yaml');
  expect(parsed).toMatchObject({ ok: true });
  return (parsed as Extract<typeof parsed, { ok: true }>).value;
}

/** Without the lines, which depend on the layout. */
function content(scenario: Scenario): object {
  return { ...scenario, expect: scenario.expect.map((one) => ({ ...one, line: 0 })) };
}

describe('what is written is read again', () => {
  it.for(readdirSync(FOLDER).filter((file) => file.endsWith('.yaml')))('of %s', (file) => {
    const scenario = read(readFileSync(new URL(file, FOLDER), 'utf8'));
    expect(content(read(writeScenario(scenario, SCHEMA)))).toEqual(content(scenario));
  });

  it('of scenarios drawn at random', () => {
    for (let seed = 0; seed < 40; seed++) {
      const text = writeScenario(swarmScenario(seed), SCHEMA);
      expect(writeScenario(read(text), SCHEMA)).toBe(text);
    }
  });
});

it('says who plays the devices where that is not virtual time', () => {
  const scenario = read([
    'name: Test', 'why: To see.', 'duration: 2h', 'driver: udp', 'fleets:', '  meters: {}',
    '  bench: { driver: external, endpoint: my-nrf91, queueMode: true }',
  ].join('\n'));
  const text = writeScenario(scenario, SCHEMA);
  expect(content(read(text))).toEqual(content(scenario));
  expect(text).toContain([
    '  bench:', '    driver: external', '    endpoint: my-nrf91', '    lifetime: 1h',
    '    queueMode: { awake: 25s, closesAfterAck: false }', '',
  ].join('\n'));
});

it('says what devices send and refuse', () => {
  const scenario = read([
    'name: Test', 'why: To see.', 'duration: 2h', 'fleets:', '  meters:',
    '    send: { every: 10m, keep: 5 }', '    refuses: { write: "4.05", create: "5.00" }',
  ].join('\n'));
  const text = writeScenario(scenario, SCHEMA);
  expect(content(read(text))).toEqual(content(scenario));
  expect(text).toContain('send: { every: 10m, keep: 5, format: senml-cbor }');
});

it('is as a person would write it', () => {
  const scenario = read([
    'name: Test', 'why: To see.', 'duration: 2h', 'network: { cellar: { loss: 3% } }',
    'fleets: { meters: { network: cellar, objects: { 3/0/9: 87 } } }', 'timeline:',
    '  - { at: 1m, drop: { device: meters-0, direction: up, nth: 2 } }',
    '  - { at: 1h, network: { cellar: { partition: 50%, for: 20m } } }',
    'expect: [telemetry lost = 0]',
  ].join('\n'));
  expect(writeScenario(scenario, SCHEMA).trimEnd().split('\n')).toEqual([
    '# yaml-language-server: $schema=./scenario.schema.json', '',
    'name: Test', 'why: To see.', 'seed: 1', 'duration: 2h', 'server: { registration: open }',
    'network:', '  cellar: { latency: 5ms, loss: 3% }',
    'fleets:', '  meters:', '    count: 1', '    network: cellar', '    lifetime: 1h',
    '    start: { at: 0s, spread: 1m }', '    report: { every: 5m, confirmable: true }',
    '    objects: { 3/0/9: { signal: constant, value: 87 } }',
    'timeline:', '  - { at: 1m, drop: { device: meters-0, direction: up, nth: 2 } }',
    '  - { at: 1h, network: { cellar: { partition: 50%, for: 20m } } }',
    'expect:', '  - telemetry lost = 0',
  ]);
});
