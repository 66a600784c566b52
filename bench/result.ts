// What a benchmark reports. A ratio above 1 means faster than the reference, measured in the same
// run on the same machine; absolute figures of shared machines are lower bounds at best.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same work done by the thing compared with, in the same unit. */
  readonly reference: number | undefined;
  readonly ratio: number | undefined;
  /** What else was seen: losses, lag, memory; plain text for people. */
  readonly notes: readonly string[];
}

export interface Options {
  /** Seconds instead of a minute for the load tests. */
  readonly isQuick: boolean;
  /** The seeds that found the planted bugs are written into the repository. */
  readonly isRecording: boolean;
}

export function figure(
  name: string, value: number, unit: string,
  extra: { readonly reference?: number; readonly notes?: readonly string[] } = {},
): Figure {
  const { reference, notes = [] } = extra;
  return {
    name, value, unit, reference, notes,
    ratio: reference === undefined ? undefined : value / reference,
  };
}

export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
