// Samples joined to fewer, longer intervals: a chart of every sample shows more ink than news.

import type { Sample } from '../../sim/metrics.ts';

const INTERVALS = 60;

export function coarse(samples: readonly Sample[]): Sample[] {
  const size = Math.ceil(samples.length / INTERVALS);
  const joined: Sample[] = [];
  // The first is the start, before anything happened; so every interval ends at its own time.
  for (let first = samples.length % size; first < samples.length; first += size) {
    joined.push(join(samples.slice(first, first + size)));
  }
  return joined;
}

/** Counts add up; of what rises and falls the worst moment is kept. */
function join(samples: readonly Sample[]): Sample {
  const last = samples.at(-1) as Sample;
  const sum = (value: (sample: Sample) => number) => (
    samples.reduce((total, sample) => total + value(sample), 0)
  );
  const most = (value: (sample: Sample) => number) => Math.max(...samples.map(value));
  const latencies = samples.flatMap(({ latency }) => latency ?? []);
  const medians = latencies.map(({ p50 }) => p50).sort((a, b) => a - b);
  return {
    ...last,
    fewest: last.fewest.map((_, fleet) => (
      Math.min(...samples.map(({ fewest }) => fewest[fleet] ?? 0))
    )),
    up: sum(({ up }) => up), down: sum(({ down }) => down), bytes: sum(({ bytes }) => bytes),
    lost: sum(({ lost }) => lost), backlog: most(({ backlog }) => backlog),
    operations: most(({ operations }) => operations),
    latency: latencies.length === 0 ? undefined : {
      p50: medians[Math.floor(medians.length / 2)] ?? 0,
      p95: Math.max(...latencies.map(({ p95 }) => p95)),
    },
  };
}
