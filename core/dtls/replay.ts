// The window against replayed records (RFC 6347 s4.1.2.6, RFC 4303 s3.4.3): the newest sequence
// number and which of the 64 up to it have come. Only authentic records may move it.

/** Three numbers of the association itself: a window of its own would cost each 80 bytes more. */
export interface ReplayWindow {
  /** -1 before the first record. */
  newest: number;
  /** Bit n of the low word: `newest - n` has come; of the high word: `newest - 32 - n`. */
  seenLow: number;
  seenHigh: number;
}

export const WINDOW_RECORDS = 64;

/** False for what has come before, or is too old to know. */
export function isNew(window: ReplayWindow, sequence: number): boolean {
  const age = window.newest - sequence;
  if (age < 0) return true;
  if (age >= WINDOW_RECORDS) return false;
  const word = age < 32 ? window.seenLow : window.seenHigh;
  return ((word >>> (age & 31)) & 1) === 0;
}

/** Notes a record that was new and is authentic. */
export function markSeen(window: ReplayWindow, sequence: number): void {
  const age = window.newest - sequence;
  if (age < 0) {
    shift(window, -age);
    window.newest = sequence;
    window.seenLow |= 1;
  } else if (age < 32) window.seenLow |= 1 << age;
  else window.seenHigh |= 1 << (age - 32);
}

function shift(window: ReplayWindow, by: number): void {
  const { seenLow, seenHigh } = window;
  if (by >= WINDOW_RECORDS) {
    window.seenLow = 0;
    window.seenHigh = 0;
  } else if (by >= 32) {
    window.seenHigh = seenLow << (by - 32);
    window.seenLow = 0;
  } else {
    // `by` is at least 1: a shift by 32 would be one by 0.
    window.seenHigh = (seenHigh << by) | (seenLow >>> (32 - by));
    window.seenLow = seenLow << by;
  }
}
