// Transmission parameters (RFC 7252 s4.8) and the time values that derive from them (s4.8.2), as
// functions of ACK_TIMEOUT: 2 s on a LAN, 4 s on LTE-M, 15 s on NB-IoT. Congestion control beyond
// NSTART is not here.

import type { Milliseconds } from '../ports.ts';

export const ACK_TIMEOUT: Milliseconds = 2_000;
/** Longer ones are cut to this; Message IDs (message-id.ts) are paced for it. */
export const ACK_TIMEOUT_MAX: Milliseconds = 30_000;
export const ACK_RANDOM_FACTOR = 1.5;
export const MAX_RETRANSMIT = 4;
export const MAX_LATENCY: Milliseconds = 100_000;

/** From the first transmission of a CON to its last retransmission; 45 s by default. */
export function maxTransmitSpan(ackTimeout: Milliseconds): Milliseconds {
  return ackTimeout * (2 ** MAX_RETRANSMIT - 1) * ACK_RANDOM_FACTOR;
}

/** From the first transmission of a CON to giving up on it; 93 s by default. */
export function maxTransmitWait(ackTimeout: Milliseconds): Milliseconds {
  return ackTimeout * (2 ** (MAX_RETRANSMIT + 1) - 1) * ACK_RANDOM_FACTOR;
}

/** How long a CON's Message ID may still be met; 247 s by default (PROCESSING_DELAY included). */
export function exchangeLifetime(ackTimeout: Milliseconds): Milliseconds {
  return maxTransmitSpan(ackTimeout) + 2 * MAX_LATENCY + ackTimeout;
}

/** How long a NON's Message ID may still be met; 145 s by default. */
export function nonLifetime(ackTimeout: Milliseconds): Milliseconds {
  return maxTransmitSpan(ackTimeout) + MAX_LATENCY;
}

/**
 * How long a response may take before an empty ACK goes ahead of it (RFC 7252 s5.2.2). The peer
 * retransmits after ACK_TIMEOUT at the earliest; the rest of it is for the way there and back.
 */
export function acknowledgementDelay(ackTimeout: Milliseconds): Milliseconds {
  return ackTimeout / 4;
}
