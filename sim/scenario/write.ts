// A scenario as the text of a file: what reads it makes the same scenario of it. Defaults are
// written out, so that the file means the same when they change; what is absent stays so, also a
// fault that a network does not have.

import { Document, isMap, isSeq, stringify, type Node } from 'yaml';
import { formatCode } from '../../core/coap/message.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { unreachable } from '../../core/result.ts';
import { SHARE_WHOLE, type NetworkRules } from '../network-rules.ts';
import type {
  Action, FirmwarePlan, Fleet, Scenario, Selection, SignalPlan, TimedAction,
} from './model.ts';
import { NETWORKS } from './network-schema.ts';
import { radioWords } from './radio-schema.ts';
import { formatDuration } from './units.ts';

const THOUSAND = 1000;
const COLUMNS = 100;

/** `schema` is where an editor finds scenario.schema.json, seen from the file. */
export function writeScenario(scenario: Scenario, schema?: string): string {
  const { name, why, seed, duration, networks, fleets, observe, timeline, expect } = scenario;
  const document = new Document({
    name, why, seed, duration: formatDuration(duration), server: serverWords(scenario),
    network: networkWords(networks),
    fleets: Object.fromEntries(fleets.map((fleet) => [fleet.name, fleetWords(fleet)])),
    ...(observe.length > 0 && {
      observe: observe.map(({ fleet, path }) => ({ fleet, path: pathWords(path) })),
    }),
    ...(timeline.length > 0 && { timeline: timeline.map(timedWords) }),
    ...(expect.length > 0 && { expect: expect.map(({ text }) => text) }),
  });
  if (schema !== undefined) {
    document.commentBefore = ` yaml-language-server: $schema=${schema}`;
  }
  onOneLine(document.get('server'), 0);
  onOneLine(document.get('network'), 1);
  onOneLine(document.get('fleets'), 2);
  onOneLine(document.get('observe'), 1);
  onOneLine(document.get('timeline'), 1);
  return document.toString({ lineWidth: COLUMNS });
}

/** Networks, fleets and timeline in the words of a file, on one line each. */
export function scenarioLines({ networks, fleets, timeline }: Scenario): string[] {
  const line = (words: object) => (
    stringify(words, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd());
  return [
    ...Object.entries(networkWords(networks)).map(([name, words]) => `${name}: ${line(words)}`),
    ...fleets.map((fleet) => `${fleet.name}: ${line(fleetWords(fleet))}`),
    ...timeline.map((timed) => line(timedWords(timed))),
  ];
}

/** Maps and lists so far below a node, or all below it, stand on one line each. */
function onOneLine(node: unknown, below: number): void {
  if (!isMap(node) && !isSeq(node)) return;
  if (below === 0) node.flow = true;
  else for (const item of node.items) onOneLine(isMap(node) ? valueOf(item) : item, below - 1);
}

function valueOf(item: unknown): unknown {
  return (item as { readonly value: Node }).value;
}

function mapped<Value, Words>(
  record: Readonly<Record<string, Value>>, words: (value: Value) => Words,
): Record<string, Words> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, words(value)]));
}

function percent(part: number, whole: number): string {
  return `${(part * 100) / whole}%`;
}

function pathWords(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

function optional<Value, Words>(
  key: string, value: Value | undefined, words: (one: Value) => Words,
): Record<string, Words> {
  return value === undefined ? {} : { [key]: words(value) };
}

function serverWords({ server: { awakeWindow, registration, restart } }: Scenario): object {
  return {
    registration, ...optional('awakeWindow', awakeWindow, formatDuration),
    ...optional('restart', restart, ({ every, down }) => (
      { every: formatDuration(every), down: formatDuration(down) })),
  };
}

/** The faults that a network of one's own has; without a word it has none. */
function networkWords(networks: Scenario['networks']): Record<string, object> {
  return Object.fromEntries(Object.entries(networks).map(([name, rules]) => {
    const said = Object.entries(rules)
      .filter(([key, value]) => NETWORKS[name] !== undefined || key === 'latency' || value !== 0);
    return [name, rulesWords(Object.fromEntries(said))];
  }));
}

function rulesWords(rules: Partial<NetworkRules>): object {
  const { latency, loss, duplicate, reorder, mtu, natRebindAfter } = rules;
  const share = (part: number) => percent(part, SHARE_WHOLE);
  return {
    ...optional('latency', latency, ({ typical, p99 }) => (typical === p99
      ? formatDuration(typical)
      : { typical: formatDuration(typical), p99: formatDuration(p99) })),
    ...optional('loss', loss, share), ...optional('duplicate', duplicate, share),
    ...optional('reorder', reorder, share), ...optional('mtu', mtu, (size) => size),
    ...optional('natRebind', natRebindAfter, (span) => ({ after: formatDuration(span) })),
  };
}

function fleetWords(fleet: Fleet): object {
  const { driver, endpoint, count, network, start, report, objects, vices, radio } = fleet;
  const session = {
    lifetime: formatDuration(fleet.lifetime * 1000),
    ...optional('queueMode', fleet.queueMode, ({ awake, closesAfterAck }) => (
      { awake: formatDuration(awake), closesAfterAck })),
  };
  if (endpoint !== undefined) return { driver, endpoint, ...session };
  return {
    ...(driver !== 'world' && { driver }), count,
    ...optional('numbers', fleet.numbers, (numbers) => numbers), network, ...session,
    start: { at: formatDuration(start.at), spread: formatDuration(start.spread) },
    report: { every: formatDuration(report.every), confirmable: report.confirmable },
    objects: Object.fromEntries(Object.entries(objects)
      .map(([path, plan]) => [pathWords(path), signalWords(plan)])),
    ...(Object.keys(vices).length > 0 && {
      vices: mapped(vices, (share) => percent(share ?? 0, THOUSAND)),
    }),
    ...optional('radio', radio, radioWords),
    ...optional('firmware', fleet.firmware, firmwareWords),
    ...(fleet.eventLog === true && { eventLog: true }),
    ...optional('send', fleet.send, (send) => ({ ...send, every: formatDuration(send.every) })),
    ...(fleet.security !== undefined && { security: fleet.security }),
    ...optional('refuses', fleet.refuses, (refuses) => mapped(refuses, formatCode)),
  };
}

function firmwareWords({ version, downloadTime, updateTime, fails }: FirmwarePlan): object {
  return {
    version, downloadTime: formatDuration(downloadTime), updateTime: formatDuration(updateTime),
    fails,
  };
}

function signalWords(plan: SignalPlan): object {
  if (plan.signal === 'csv') {
    return { signal: 'csv', points: plan.points.map(([at, value]) => [formatDuration(at), value]) };
  }
  return 'period' in plan ? { ...plan, period: formatDuration(plan.period) } : plan;
}

function timedWords({ at, repeat, action }: TimedAction): object {
  const first = formatDuration(at);
  const when = repeat === undefined ? { at: first } : {
    every: formatDuration(repeat.every), from: first, until: formatDuration(repeat.until),
  };
  return { ...when, ...actionWords(action) };
}

function actionWords(action: Action): object {
  switch (action.kind) {
    case 'read': case 'observe': case 'unobserve':
      return { [action.kind]: { devices: selected(action.devices), path: pathWords(action.path) } };
    case 'reboot': case 'stop': case 'start': case 'deregister': case 'rebind':
      return { [action.kind]: selected(action.devices) };
    case 'update firmware': {
      const { devices, version } = action;
      return { updateFirmware: { devices: selected(devices), version } };
    }
    case 'kill server': return { killServer: { down: formatDuration(action.down) } };
    case 'slow disk': {
      const { commit, span } = action;
      return { slowDisk: { commit: formatDuration(commit), for: formatDuration(span) } };
    }
    case 'partition':
      return onNetwork(action, { partition: percent(action.share, THOUSAND) });
    case 'clog': return onNetwork(action, { clog: true });
    case 'network': return onNetwork(action, rulesWords(action.rules));
    case 'drop': case 'duplicate': {
      const { kind, device, direction, nth } = action;
      return { [kind]: { device, direction, nth } };
    }
    default: return unreachable(action);
  }
}

function selected({ fleet, count }: Selection): string {
  return count === undefined ? `all ${fleet}` : `${count} random ${fleet}`;
}

function onNetwork(
  { network, span }: { readonly network: string; readonly span: Milliseconds | undefined },
  words: object,
): object {
  return { network: { [network]: { ...words, ...optional('for', span, formatDuration) } } };
}
