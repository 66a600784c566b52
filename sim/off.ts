// What a run leaves out, and why: over sockets not all can be done or measured that can in virtual
// time, and of a server elsewhere or a real device less still. Nothing is left out without a word.

import { unreachable } from '../core/result.ts';
import type { Missed } from './named-datagrams.ts';
import type { Action, Measure, Scenario } from './scenario/model.ts';

export interface Off {
  readonly what: string;
  readonly why: string;
}

const ELSEWHERE = 'not available over sockets to a foreign server';
const NOT_KILLED = 'only in virtual time can a run kill its server';
const NOT_SLOWED = 'over sockets the disk is a real one';

/** What an operator does, and so the management of the server. */
const OF_OPERATORS: readonly Action['kind'][] = ['read', 'observe', 'unobserve'];
/** Oracles that need nothing but datagrams: they judge any server. */
const OF_DATAGRAMS: readonly string[] = ['message ids', 'tokens', 'duplicates'];

/** Whether an action does not happen; the server's own restarts are the action that kills it. */
export function isOff(
  kind: Action['kind'], scenario: Scenario, isServerElsewhere: boolean,
): boolean {
  if (kind === 'kill server' || kind === 'slow disk') return isRealTime(scenario);
  return isServerElsewhere && OF_OPERATORS.includes(kind);
}

/** Parts of the scenario, and the oracles that are blind in it; measures are asked for by one. */
export function partsOff(
  scenario: Scenario, isServerElsewhere: boolean, blind: readonly string[],
): Off[] {
  if (!isRealTime(scenario)) return [];
  const { server, fleets, timeline } = scenario;
  const has = (kind: Action['kind']) => timeline.some(({ action }) => action.kind === kind);
  return [
    ...has('kill server') ? [{ what: 'killServer', why: NOT_KILLED }] : [],
    ...has('slow disk') ? [{ what: 'slowDisk', why: NOT_SLOWED }] : [],
    ...server.restart === undefined ? [] : [{ what: 'server.restart', why: NOT_KILLED }],
    ...isServerElsewhere ? partsOfServer(scenario, blind) : [],
    ...fleets.filter(({ security }) => isServerElsewhere && security !== undefined)
      .map(({ name }) => ({ what: `security of ${name}`, why: ELSEWHERE })),
    ...fleets.flatMap(({ name, endpoint }) => (endpoint === undefined ? [] : [{
      what: `oracles on ${name}`,
      why: `${endpoint} is a real device, of which only the server's disk tells`,
    }])),
  ];
}

/** What takes a server of ours. */
function partsOfServer(
  { server, observe, timeline }: Scenario, blind: readonly string[],
): Off[] {
  const asked = OF_OPERATORS.filter((kind) => timeline.some(({ action }) => action.kind === kind));
  const isSet = server.awakeWindow !== undefined || server.registration !== 'open';
  const parts = new Set([
    ...asked, ...isSet ? ['server'] : [], ...observe.length > 0 ? ['observe'] : [],
    `oracles ${blind.join(', ')}`,
  ]);
  return [...[...parts].map((what) => ({ what, why: ELSEWHERE })), {
    what: 'the server\'s word on who is registered', why: `${ELSEWHERE}; the devices alone tell`,
  }];
}

/** What a timeline named to be lost or doubled and could not be. */
export function datagramsOff(missed: readonly Missed[]): Off[] {
  return missed.map(({ kind, name, direction, nth, why }) => ({
    what: `${kind} of ${name} ${direction} ${nth}`,
    why: why === 'passed' ? 'the datagram was on its way or past when the timeline named it'
      : 'the run ended before the datagram came',
  }));
}

export function isRealTime({ fleets }: Scenario): boolean {
  return fleets.some(({ driver }) => driver !== 'world');
}

export function canJudge(oracle: string, isServerElsewhere: boolean): boolean {
  return !isServerElsewhere || OF_DATAGRAMS.includes(oracle);
}

/** Why something cannot be measured; undefined: it can. */
export function whyNotMeasured(
  measure: Measure, { fleets }: Scenario, isServerElsewhere: boolean,
): string | undefined {
  const ofReal = (fleet: string) => {
    const endpoint = fleets.find(({ name }) => name === fleet)?.endpoint;
    return endpoint && `${endpoint} is a real device, which tells nothing of itself`;
  };
  switch (measure.of) {
    case 'telemetry lost': case 'telemetry stored': case 'operations': case 'expired':
      return isServerElsewhere ? ELSEWHERE : undefined;
    case 'latency':
      if (measure.what === 'read') return isServerElsewhere ? ELSEWHERE : undefined;
      return fleets.every(({ endpoint }) => endpoint !== undefined)
        ? 'no device is simulated, and real ones tell nothing of themselves' : undefined;
    case 'handshakes': if (isServerElsewhere) return ELSEWHERE; return ofReal(measure.per);
    case 'registrations': case 'datagrams': case 'energy': return ofReal(measure.per);
    case 'registered': case 'refused': return undefined;
    default: return unreachable(measure);
  }
}
