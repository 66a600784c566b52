// Networks as a file describes them, and the ones everybody knows by name. Latencies are one-way.

import { z } from 'zod';
import { CALM, SHARE_WHOLE, type NetworkRules } from '../network-rules.ts';
import { formatDuration, parseDuration, share, time, written } from './units.ts';

/**
 * Orders of magnitude a field engineer would call normal: a cable; LTE-M in connected mode; NB-IoT
 * in normal coverage, where a message now and then waits for the radio to be set up.
 */
export const NETWORKS: Readonly<Record<string, NetworkRules>> = {
  lan: CALM,
  'lte-m': { ...CALM, latency: { typical: 100, p99: 1000 }, loss: 500, mtu: 1280 },
  'nb-iot': { ...CALM, latency: { typical: 1200, p99: 8000 }, loss: 1000, mtu: 1280 },
};

const MTU_MIN = 100;
const portion = share(SHARE_WHOLE);

/** `60s` or `60s idle` */
const idleTime = written(
  (text) => parseDuration(text.replace(/ idle$/, '')),
  String.raw`^\d+(\.\d+)?(ms|s|m|h|d)( idle)?$`,
  'a duration like 60s idle',
);

const latency = z.union([
  time.transform((typical) => ({ typical, p99: typical })),
  z.strictObject({ typical: time, p99: time }).superRefine(({ typical, p99 }, context) => {
    if (p99 >= typical) return;
    context.addIssue({
      code: 'custom', path: ['p99'],
      message: `p99 is below typical (use ${formatDuration(typical)} or more)`,
    });
  }),
], { error: 'write a duration or { typical: 1.2s, p99: 8s }' });

export const networkKeys = {
  latency: latency.optional().describe('One-way; half of all are below typical'),
  loss: portion.optional().describe('Datagrams that vanish'),
  duplicate: portion.optional().describe('Datagrams that arrive twice'),
  reorder: portion.optional().describe('Datagrams that later ones overtake'),
  mtu: z.number().int().max(65_535)
    .refine((mtu) => mtu === 0 || mtu >= MTU_MIN, `write ${MTU_MIN} or more, or 0 for any size`)
    .optional().describe('Larger datagrams vanish; 0: none does'),
  natRebind: z.strictObject({ after: idleTime }).optional()
    .describe('The NAT gives a device another port when it was silent this long; 0s: never'),
};

export const networkRules = z.strictObject(networkKeys).transform(rulesOf);

type NetworkWords = z.output<z.ZodObject<typeof networkKeys>>;

/** Only what the file says. */
export function rulesOf(words: NetworkWords): Partial<NetworkRules> {
  const { natRebind, ...rest } = words;
  const rules = { ...rest, natRebindAfter: natRebind?.after };
  const said = Object.entries(rules).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Partial<NetworkRules>;
}

/** A network of the file, over the known one of its name or else a cable. */
export function networkNamed(name: string, said: Partial<NetworkRules>): NetworkRules {
  return { ...(NETWORKS[name] ?? CALM), ...said };
}
