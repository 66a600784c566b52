// A CoAP message as a value (RFC 7252 s3) and the numbers of its registries. The wire format is
// in codec.ts, what messages mean for one another in exchange.ts.

/** RFC 7252 s3: the two type bits. */
export const CON = 0;
export const NON = 1;
export const ACK = 2;
export const RST = 3;
export type Type = typeof CON | typeof NON | typeof ACK | typeof RST;

/** A code as the byte on the wire: class << 5 | detail (RFC 7252 s12.1, RFC 8132 s8). */
export const Code = {
  EMPTY: 0x00,
  GET: 0x01, POST: 0x02, PUT: 0x03, DELETE: 0x04, FETCH: 0x05, PATCH: 0x06, IPATCH: 0x07,
  CREATED: 0x41, DELETED: 0x42, VALID: 0x43, CHANGED: 0x44, CONTENT: 0x45, CONTINUE: 0x5f,
  BAD_REQUEST: 0x80, UNAUTHORIZED: 0x81, BAD_OPTION: 0x82, FORBIDDEN: 0x83, NOT_FOUND: 0x84,
  METHOD_NOT_ALLOWED: 0x85, NOT_ACCEPTABLE: 0x86, REQUEST_ENTITY_INCOMPLETE: 0x88,
  CONFLICT: 0x89, PRECONDITION_FAILED: 0x8c, REQUEST_ENTITY_TOO_LARGE: 0x8d,
  UNSUPPORTED_CONTENT_FORMAT: 0x8f,
  INTERNAL_SERVER_ERROR: 0xa0, NOT_IMPLEMENTED: 0xa1, BAD_GATEWAY: 0xa2,
  SERVICE_UNAVAILABLE: 0xa3, GATEWAY_TIMEOUT: 0xa4, PROXYING_NOT_SUPPORTED: 0xa5,
} as const;

/** Option numbers (RFC 7252 s12.2, RFC 7641, RFC 7959, RFC 9175). */
export const OptionNumber = {
  IF_MATCH: 1, URI_HOST: 3, ETAG: 4, IF_NONE_MATCH: 5, OBSERVE: 6, URI_PORT: 7,
  LOCATION_PATH: 8, URI_PATH: 11, CONTENT_FORMAT: 12, MAX_AGE: 14, URI_QUERY: 15, ACCEPT: 17,
  LOCATION_QUERY: 20, BLOCK2: 23, BLOCK1: 27, SIZE2: 28, PROXY_URI: 35, PROXY_SCHEME: 39,
  SIZE1: 60, ECHO: 252, REQUEST_TAG: 292,
} as const;

export interface Option {
  readonly number: number;
  readonly value: Uint8Array;
}

export interface Message {
  readonly type: Type;
  readonly code: number;
  readonly mid: number;
  /** 0 to 8 bytes. */
  readonly token: Uint8Array;
  /** In the order of their numbers; equal numbers in their own order. */
  readonly options: readonly Option[];
  readonly payload: Uint8Array;
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** `2.05`, as RFC 7252 writes codes. */
export function formatCode(code: number): string {
  return `${code >> 5}.${String(code & 0x1f).padStart(2, '0')}`;
}
