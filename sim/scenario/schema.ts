// What a scenario file may say, as zod schemas, with the defaults a field engineer would call
// normal: the checks and scenario.schema.json both come from here.

import { z } from 'zod';
import type { Milliseconds } from '../../core/ports.ts';
import { DEFAULT_FIRMWARE } from '../objects/firmware.ts';
import { refusals, sendPlan } from './device-schema.ts';
import { parseExpectation, type Sentence } from './expectations.ts';
import {
  COUNT_MAX, isAfter, NAME_PATTERN, nameOf, pathWith, timeWithin, version, type Names,
} from './names.ts';
import { networkRules } from './network-schema.ts';
import { radio } from './radio-schema.ts';
import { signalPlan } from './signal-schema.ts';
import { RESTART_DOWN, timelineEntry } from './timeline-schema.ts';
import { duration, share, time } from './units.ts';

const VICE_WHOLE = 1000;
const SEED_MAX = 0xffff_ffff;
const LIFETIME_MIN: Milliseconds = 10_000;
/** The least of a Zephyr client, nRF91 included. */
export const QUEUE_MODE_AWAKE: Milliseconds = 25_000;

/** Of a fleet or a network; devices are called by it, so it fits an endpoint name. */
const name = z.string().regex(new RegExp(NAME_PATTERN), 'a name has small letters, digits and -');

const RESOURCE_HINT = 'write a resource like 3303/0/5700';
const resourceKey = z.string().regex(/^\d+\/\d+(\/\d+)?$/, RESOURCE_HINT);

function objectPlans(names: Names | undefined) {
  return z.record(resourceKey, signalPlan(names?.readText, names?.duration))
    .superRefine((plans, context) => {
      for (const [key, { signal }] of Object.entries(plans)) {
        // A track gives latitude and longitude: two resources of one instance.
        if ((signal === 'track') === (key.split('/').length === 2)) continue;
        const message = signal === 'track' ? 'a track is of an instance (use 6/0)' : RESOURCE_HINT;
        context.addIssue({ code: 'custom', path: [key], message });
      }
    });
}

function fleetSchema(names: Names | undefined) {
  return z.strictObject({
    count: z.number().int().min(1).max(COUNT_MAX).default(1).describe('How many devices'),
    numbers: z.array(z.number().int().min(0).max(COUNT_MAX)).min(1).optional()
      .superRefine((numbers = [], context) => {
        if (numbers.every((one, index) => index === 0 || one > (numbers[index - 1] ?? 0))) return;
        context.addIssue('write each number once, the least first');
      }).describe('Only these of NAME-0, NAME-1, ...; `count` says how many they are'),
    network: nameOf('network', names?.networks).default('lte-m')
      .describe('lan, lte-m, nb-iot or one described under `network`'),
    driver: z.enum(['world', 'udp', 'external']).optional().describe('world: in virtual time; '
      + 'udp: over sockets in real time; external: a real device that the run waits for'),
    endpoint: z.string().min(1).max(255).regex(/^[^*]+$/, 'an endpoint has no * here').optional()
      .describe('The name that an external device registers with'),
    lifetime: duration.default(3_600_000).superRefine((span, context) => {
      if (span < LIFETIME_MIN) context.addIssue('a lifetime this short only expires (use 10s)');
      if (span % 1000 !== 0) context.addIssue('a lifetime is in whole seconds (use 60s)');
    }).describe('Lifetime of a registration; an Update goes out shortly before its end'),
    queueMode: z.union([z.boolean(), z.strictObject({
      awake: duration.default(QUEUE_MODE_AWAKE).describe('It listens this long after it sent'),
      closesAfterAck: z.boolean().default(false)
        .describe('It turns the radio off as soon as its own message is acknowledged'),
    })], { error: 'write true or { awake: 25s }' }).default(false).describe('Sleeps in between'),
    security: z.enum(['psk', 'rpk', 'x509']).optional()
      .describe('They speak DTLS, with a key of their own that the server knows (psk: both have '
        + 'it; rpk: a raw public key), or with a certificate of an authority that it trusts'),
    start: z.strictObject({
      at: timeWithin(names?.duration).default(0).describe('When the first device is switched on'),
      spread: time.default(60_000).describe('Devices are switched on within this time'),
    }).default({ at: 0, spread: 60_000 }),
    report: z.strictObject({
      every: duration.default(300_000).describe('How often an observed value is reported'),
      confirmable: z.boolean().default(true).describe('Whether each report asks for its ACK'),
    }).default({ every: 300_000, confirmable: true }),
    objects: objectPlans(names).optional()
      .describe('What the devices measure, by path of the resource'),
    vices: z.strictObject({
      slow: share(VICE_WHOLE).describe('answer late'),
      forgetful: share(VICE_WHOLE).describe('reboot and forget their observations'),
      deaf: share(VICE_WHOLE).describe('hear nothing from time to time'),
      liar: share(VICE_WHOLE).describe('send values of the wrong type'),
      malformed: share(VICE_WHOLE).describe('send broken datagrams'),
      duplicateSender: share(VICE_WHOLE).describe('send what they send more than once'),
      clockSkew: share(VICE_WHOLE).describe('have a clock that is wrong'),
    }).partial().default({}).describe('Share of the devices with each fault'),
    firmware: firmwarePlan.optional()
      .describe('The devices can be updated, and how that goes'),
    send: sendPlan.optional().describe('The devices report without being asked'),
    refuses: refusals.optional()
      .describe('The error that the devices answer an operation with, like write: "4.05"'),
    eventLog: z.boolean().optional().describe('The devices keep a log of what they do'),
    radio: radio(names?.radios).optional()
      .describe('The radio whose energy is counted; without it the devices are on mains'),
  }).superRefine(({ count, numbers }, context) => {
    if (numbers === undefined || numbers.length === count) return;
    const message = `these are ${numbers.length} (write count: ${numbers.length})`;
    context.addIssue({ code: 'custom', path: ['numbers'], message });
  });
}

const firmwarePlan = z.strictObject({
  version: version.default(DEFAULT_FIRMWARE.version).describe('What runs at first'),
  downloadTime: duration.default(DEFAULT_FIRMWARE.downloadTime)
    .describe('How long a download takes'),
  updateTime: duration.default(DEFAULT_FIRMWARE.updateTime)
    .describe('From the begin of the installation to the reboot'),
  fails: z.enum([
    'none', 'outOfStorage', 'connectionLost', 'badIntegrity', 'unsupportedProtocol', 'updateFailed',
  ]).default(DEFAULT_FIRMWARE.fails).describe('How each update ends'),
});

/** In which form of the run it is judged, and when that ends. */
interface Judging {
  readonly form: 'run' | 'short form';
  readonly end: Milliseconds | undefined;
}

function expectation(names: Names | undefined, judgings: readonly Judging[]) {
  const fleets = names === undefined ? undefined : [...names.fleets.keys()];
  return z.string().transform((text, context): Sentence => {
    const parsed = parseExpectation(text, fleets);
    if (parsed.ok) {
      const { measure, from } = parsed.value;
      if (measure.of === 'energy' && names?.fleets.get(measure.per)?.hasRadio === false) {
        context.addIssue(
          `${measure.per} have no radio to count (write radio: nb-iot in the fleet)`,
        );
      }
      const missed = judgings.find(({ end }) => from > (end ?? Infinity));
      if (missed !== undefined) {
        const within = text.lastIndexOf('from') + 'from '.length;
        const message = isAfter(missed.form, from, missed.end ?? 0);
        context.addIssue({ code: 'custom', message, params: { within } });
      }
      return parsed.value;
    }
    const { what: message, within } = parsed.reason;
    context.addIssue({ code: 'custom', message, params: { within } });
    return z.NEVER;
  });
}

/** The whole file. Without names it checks no reference: that is the schema for editors. */
export function scenarioSchema(names?: Names) {
  const run: Judging = { form: 'run', end: names?.duration };
  const short: Judging = { form: 'short form', end: names?.shortDuration };
  const expectOf = (judgings: readonly Judging[]) => (
    z.array(expectation(names, judgings)).max(100));
  return z.strictObject({
    name: z.string().min(1).max(100).describe('What it is called in reports'),
    why: z.string().min(1).max(1000).describe('What it shows, in a sentence or two'),
    driver: z.enum(['world', 'udp']).default('world')
      .describe('Of the fleets that do not say: virtual time, or sockets and real time'),
    seed: z.number().int().min(0).max(SEED_MAX).default(1).describe('All chance comes from it'),
    duration: duration.describe('How long it lasts, in virtual time or in real time'),
    short: z.strictObject({
      duration: duration.optional().describe('Ends after this time'),
      count: z.number().int().min(1).optional().describe('At most this many devices per fleet'),
      expect: expectOf([short]).optional().describe('Must hold in place of `expect`'),
    }).optional().describe('The same in little, for every test run'),
    server: z.strictObject({
      awakeWindow: duration.optional().describe('How long queue-mode devices are taken to listen'),
      registration: z.enum(['open', 'known']).default('open').describe('Who may register'),
      restart: z.strictObject({
        every: duration,
        down: duration.default(RESTART_DOWN).describe('How long it is away'),
        how: z.enum(['kill']).default('kill'),
      }).optional().describe('The server process ends again and again'),
    }).default({ registration: 'open' }),
    network: z.record(name, networkRules).default({})
      .describe('Networks by name; what one does not say is as on lan, lte-m or nb-iot'),
    fleets: z.record(name, fleetSchema(names)).refine((all) => Object.keys(all).length > 0, {
      message: 'write at least one fleet like meters: { count: 10 }',
    }).describe('Devices of one kind, by name'),
    observe: z.array(z.strictObject({
      fleet: nameOf('fleet', names && [...names.fleets.keys()]), path: pathWith(3, 2, 1, 4),
    })).max(32).default([]).describe('Observed in addition to sensor values (5700) and battery'),
    timeline: z.array(timelineEntry(names)).max(1000).default([]).describe('What happens when'),
    expect: expectOf(names?.isShortJudgedApart === true ? [run] : [run, short]).default([])
      .describe('What must hold; see docs/scenarios.md'),
  });
}

export type ScenarioFile = z.output<ReturnType<typeof scenarioSchema>>;
export type FleetFile = ScenarioFile['fleets'][string];
