// The sentences of `expect`: which measures there are, how each is written, in which unit its
// bound is. Measuring is expect.ts of the simulator; here is only the grammar.

import { closest } from '../../core/closest.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Expectation, Measure, Statistic } from './model.ts';
import { parseDuration, parsePercent } from './units.ts';

/** What a sentence means, without its place in a file. */
export type Sentence = Omit<Expectation, 'text' | 'line'>;

export interface Mistake {
  /** Characters from the begin of the sentence. */
  readonly within: number;
  readonly what: string;
}

type Unit = 'count' | 'share' | 'duration' | 'J/h';

interface Form {
  /** Words as they are, FLEET, `[FLEET]` where it may be absent, STATISTIC, `[STATISTIC]`. */
  readonly words: string;
  readonly unit: Unit;
  readonly help: string;
  readonly example: string;
  readonly measure: (fleet: string | undefined, statistic: Statistic) => Measure;
}

const STATISTICS: readonly Statistic[] = ['mean', 'p50', 'p95', 'p99', 'max'];
/** Measures that need what the server or the devices cannot do yet. */
const UNAVAILABLE = ['write', 'execute', 'every', 'firmware'];
const COMPARISONS: readonly Expectation['comparison'][] = ['=', '<', '<=', '>', '>='];

const FORMS: readonly Form[] = [
  {
    words: 'registered [FLEET]', unit: 'share', example: 'registered meters >= 99.5% from 1h',
    help: 'share of the devices with a live registration, by their word and the server\'s disk;\n'
      + '    the least at any moment of the time that counts',
    measure: (fleet) => ({ of: 'registered', fleet }),
  },
  {
    words: 'telemetry lost', unit: 'count', example: 'telemetry lost = 0',
    help: 'notifications that were acknowledged to a device before their value was on the disk',
    measure: () => ({ of: 'telemetry lost' }),
  },
  {
    words: 'telemetry stored [FLEET]', unit: 'count', example: 'telemetry stored meters > 1000',
    help: 'values on the disk, of notifications and of reads',
    measure: (fleet) => ({ of: 'telemetry stored', fleet }),
  },
  ...(['failed', 'refused', 'confirmed', 'waiting'] as const).map((status): Form => ({
    words: `operations ${status}`, unit: 'count', example: `operations ${status} <= 10`,
    help: {
      failed: 'reads that ended without a value: an error, or no answer in three attempts',
      refused: 'what operators asked and the server did not take: it was down, or the device\n'
        + '    not registered, or too much waited for it; it is no operation then',
      confirmed: 'reads that ended with a value',
      waiting: 'reads that still wait at the end',
    }[status],
    measure: () => ({ of: 'operations', status }),
  })),
  {
    words: 'registrations per FLEET [STATISTIC]', unit: 'count',
    example: 'registrations per meter max <= 3',
    help: 'Registers of one device that it heard a 2.01 to',
    measure: (fleet = '', statistic) => ({ of: 'registrations', per: fleet, statistic }),
  },
  {
    words: 'handshakes per FLEET [STATISTIC]', unit: 'count',
    example: 'handshakes per meter max = 1',
    help: 'DTLS handshakes that one device brought to an end, full and resumed ones',
    measure: (fleet = '', statistic) => ({ of: 'handshakes', per: fleet, statistic }),
  },
  {
    words: 'notify latency STATISTIC', unit: 'duration', example: 'notify latency p95 < 10s',
    help: 'from the first datagram of a confirmable notification to its ACK at the device',
    measure: (_, statistic) => ({ of: 'latency', what: 'notify', statistic }),
  },
  {
    words: 'read latency STATISTIC', unit: 'duration', example: 'read latency p95 < 65m',
    help: 'of the confirmed: from the wish of an operator to the answer, sleep '
      + 'of the device included',
    measure: (_, statistic) => ({ of: 'latency', what: 'read', statistic }),
  },
  {
    words: 'energy per FLEET [STATISTIC]', unit: 'J/h', example: 'energy per meter < 3 J/h',
    help: 'joules of one device\'s radio in an hour of the run; its fleet must name a `radio`',
    measure: (fleet = '', statistic) => ({ of: 'energy', per: fleet, statistic }),
  },
  {
    words: 'datagrams per FLEET [STATISTIC]', unit: 'count',
    example: 'datagrams per meter mean < 700',
    help: 'datagrams of one device, both ways, repeated and lost ones too',
    measure: (fleet = '', statistic) => ({ of: 'datagrams', per: fleet, statistic }),
  },
  {
    words: 'expired [FLEET]', unit: 'count', example: 'expired meters = 0',
    help: 'registrations that ended because no update came in time',
    measure: (fleet) => ({ of: 'expired', fleet }),
  },
  {
    words: 'refused', unit: 'count', example: 'refused = 0',
    help: 'Registers that the server answered with an error; other requests are not counted',
    measure: () => ({ of: 'refused' }),
  },
];

const HINTS: Readonly<Record<Unit, string>> = {
  count: 'a number', share: 'a share like 99.5%', duration: 'a duration like 10s',
  'J/h': 'joules an hour like 3 J/h',
};

/** Asked for by `flownexus run --help expectations`. */
export function expectationsHelp(): string {
  return [
    'An expectation is:  MEASURE COMPARISON BOUND [from TIME]', '',
    `COMPARISON is one of ${COMPARISONS.join(' ')}. BOUND has the measure's unit. With from TIME`,
    'counts only what comes after. FLEET is a name of the file, also without its last s: meter',
    `for meters. STATISTIC is one of ${STATISTICS.join(', ')}, over devices or over times;`,
    'where [STATISTIC] is left out, mean is meant.', '',
    ...FORMS.flatMap(({ words, help, example }) => (
      [words, `    ${help}`, `    e.g. ${example}`])),
  ].join('\n');
}

interface Word {
  readonly text: string;
  readonly at: number;
}

/** `fleets` are the names a sentence may use; undefined: any. */
export function parseExpectation(
  text: string, fleets?: readonly string[],
): Result<Sentence, Mistake> {
  const words = [...text.matchAll(/\S+/g)].map((found): Word => ({
    text: found[0], at: found.index,
  }));
  const middle = words.findIndex((word) => /[<>=]/.test(word.text));
  const comparison = COMPARISONS.find((one) => one === words[middle]?.text);
  const [first] = words;
  if (first !== undefined && UNAVAILABLE.includes(first.text)) {
    return mistake(first.at, `"${first.text}" is not available yet`);
  }
  if (comparison === undefined) {
    return mistake(words[middle]?.at ?? text.length, `write one of ${COMPARISONS.join(' ')} here, `
      + 'with spaces around it, as in "telemetry lost = 0"');
  }
  const measured = parseMeasure(words.slice(0, middle), fleets);
  if (!measured.ok) return measured;
  const { form, measure } = measured.value;
  const rest = words.slice(middle + 1);
  const since = rest.findIndex((word) => word.text === 'from');
  const boundWords = since === -1 ? rest : rest.slice(0, since);
  const bound = parseBound(form.unit, boundWords, text.length);
  if (!bound.ok) return bound;
  if (since === -1) return ok({ measure, comparison, bound: bound.value, from: 0 });
  const span = parseDuration(rest.slice(since + 1).map((word) => word.text).join(' '));
  if (!span.ok) return mistake(rest[since + 1]?.at ?? text.length, span.reason);
  return ok({ measure, comparison, bound: bound.value, from: span.value });
}

function mistake(within: number, what: string): Result<never, Mistake> {
  return fail({ within, what });
}

function parseMeasure(
  words: readonly Word[], fleets: readonly string[] | undefined,
): Result<{ form: Form; measure: Measure }, Mistake> {
  let best: { form: Form; matched: number; failed: Mistake } | undefined;
  for (const form of FORMS) {
    const found = matchForm(form, words, fleets);
    if (found.kind === 'matched') {
      return ok({ form, measure: form.measure(found.fleet, found.statistic) });
    }
    if (best === undefined || found.matched > best.matched) best = { form, ...found };
  }
  const [first] = words;
  if (best !== undefined && best.matched > 0) return fail(best.failed);
  const said = words.map((word) => word.text).join(' ');
  const known = [...new Set(FORMS.map((form) => form.words.split(' ')[0] ?? ''))];
  const right = closest(first?.text ?? '', known) ?? `one of ${known.join(', ')}`;
  return mistake(first?.at ?? 0, `unknown measure "${said}" (use ${right})`);
}

type Match =
  | { kind: 'matched'; fleet: string | undefined; statistic: Statistic }
  | { kind: 'failed'; matched: number; failed: Mistake };

function matchForm(
  form: Form, words: readonly Word[], fleets: readonly string[] | undefined,
): Match {
  let fleet: string | undefined;
  let statistic: Statistic = 'mean';
  let next = 0;
  const end = (words.at(-1)?.at ?? 0) + (words.at(-1)?.text.length ?? 0);
  for (const slot of form.words.split(' ')) {
    const word = words[next];
    const failed = (what: string): Match => (
      { kind: 'failed', matched: next, failed: { within: word?.at ?? end, what } });
    const known = slot.includes('STATISTIC')
      ? STATISTICS.find((one) => one === word?.text) : word?.text;
    if (known === undefined) {
      if (slot.startsWith('[')) continue;
      const what = word === undefined ? `${slot} is missing` : `"${word.text}" is no ${slot}`;
      const right = slot === 'STATISTIC' ? `one of ${STATISTICS.join(', ')}` : form.words;
      return failed(`${what} (write ${right})`);
    }
    if (slot === 'STATISTIC' || slot === '[STATISTIC]') statistic = known as Statistic;
    else if (slot === 'FLEET' || slot === '[FLEET]') {
      fleet = fleetNamed(known, fleets);
      if (fleet === undefined) return failed(unknownFleet(known, fleets ?? []));
    } else if (known !== slot) return failed(`"${known}" is unknown here (use ${slot})`);
    next++;
  }
  const extra = words[next];
  if (extra === undefined) return { kind: 'matched', fleet, statistic };
  const what = `"${extra.text}" is too much (write ${form.words})`;
  return { kind: 'failed', matched: next, failed: { within: extra.at, what } };
}

function fleetNamed(word: string, fleets: readonly string[] | undefined): string | undefined {
  if (fleets === undefined) return word;
  return fleets.find((name) => name === word) ?? fleets.find((name) => name === `${word}s`);
}

export function unknownFleet(word: string, fleets: readonly string[]): string {
  const right = closest(word, fleets) ?? fleets.join(' or ');
  return `unknown fleet "${word}"${right === '' ? '' : ` (use ${right})`}`;
}

function parseBound(
  unit: Unit, words: readonly Word[], end: number,
): Result<number, Mistake> {
  const at = words[0]?.at ?? end;
  const said = words.map((word) => word.text).join(' ');
  if (said === '') return mistake(at, `the bound is missing (write ${HINTS[unit]})`);
  if (unit === 'share') {
    const percent = parsePercent(said);
    return percent.ok ? ok(percent.value / 100) : mistake(at, percent.reason);
  }
  if (unit === 'duration') {
    const span = parseDuration(said);
    return span.ok ? span : mistake(at, span.reason);
  }
  const found = (unit === 'count' ? /^(\d+)$/ : /^(\d+(?:\.\d+)?) J\/h$/).exec(said);
  return found === null
    ? mistake(at, `"${said}" is no bound here (write ${HINTS[unit]})`) : ok(Number(found[1]));
}
