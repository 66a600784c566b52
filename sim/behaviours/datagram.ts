// What behaviours need to know of a datagram, read from its header alone (RFC 7252 s3).

/** A request of the server: class 0, and not Empty. */
export function isRequest(datagram: Uint8Array): boolean {
  const code = datagram[1] ?? 0;
  return code !== 0 && code >> 5 === 0;
}
