// Alerts (RFC 5246 s7.2; 115 of RFC 4279, 110 of RFC 6066): what peers tell each other when
// something is over. Which of them we send, and why, is where the reason is.

import { fail, ok, type Result } from '../result.ts';

export const AlertLevel = { WARNING: 1, FATAL: 2 } as const;

export const Alert = {
  CLOSE_NOTIFY: 0,
  UNEXPECTED_MESSAGE: 10,
  BAD_RECORD_MAC: 20,
  HANDSHAKE_FAILURE: 40,
  BAD_CERTIFICATE: 42,
  UNSUPPORTED_CERTIFICATE: 43,
  CERTIFICATE_REVOKED: 44,
  CERTIFICATE_EXPIRED: 45,
  CERTIFICATE_UNKNOWN: 46,
  ILLEGAL_PARAMETER: 47,
  UNKNOWN_CA: 48,
  DECODE_ERROR: 50,
  DECRYPT_ERROR: 51,
  PROTOCOL_VERSION: 70,
  INTERNAL_ERROR: 80,
  USER_CANCELED: 90,
  NO_RENEGOTIATION: 100,
  UNSUPPORTED_EXTENSION: 110,
  UNKNOWN_PSK_IDENTITY: 115,
} as const;
export type AlertDescription = (typeof Alert)[keyof typeof Alert];

/** Any description; who sends them knows more than we do. */
export interface ReceivedAlert {
  readonly isFatal: boolean;
  readonly description: number;
}

/** RFC 5246 s7.2: two bytes and no more. */
export function decodeAlert(body: Uint8Array): Result<ReceivedAlert> {
  const [level, description] = body;
  if (body.length !== 2 || description === undefined) return fail('an alert has two bytes');
  if (level !== AlertLevel.WARNING && level !== AlertLevel.FATAL) return fail('no level of alerts');
  return ok({ isFatal: level === AlertLevel.FATAL, description });
}

/** RFC 5246 s7.2: those that end nothing by themselves, or end it without a fault. */
const WARNINGS: readonly AlertDescription[] =
  [Alert.CLOSE_NOTIFY, Alert.USER_CANCELED, Alert.NO_RENEGOTIATION];

export function encodeAlert(description: AlertDescription): Uint8Array {
  const isWarning = WARNINGS.includes(description);
  return Uint8Array.of(isWarning ? AlertLevel.WARNING : AlertLevel.FATAL, description);
}
