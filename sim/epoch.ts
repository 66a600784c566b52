// When every world begins, and with it the signals of its devices.

import type { Milliseconds } from '../core/ports.ts';

/** Midnight of 2026-01-01, so that traces read well. */
export const EPOCH: Milliseconds = 1_767_225_600_000;
