// Numbers, spans and times as people read them. Pure: now is an argument.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Groups of three with a thin no-break space: 10 412. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f').replace('-', '−');
}

/** A span in its largest fitting unit: 26 s, 14 min, 5 h, 3 d. */
export function span(milliseconds: number): string {
  const positive = Math.abs(milliseconds);
  if (positive < MINUTE) return `${Math.floor(positive / SECOND)} s`;
  if (positive < HOUR) return `${Math.floor(positive / MINUTE)} min`;
  if (positive < 2 * DAY) return `${Math.floor(positive / HOUR)} h`;
  return `${count(Math.floor(positive / DAY))} d`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400, 'd'], [3600, 'h'], [60, 'min'], [1, 's'],
];

/** A span given in seconds, exact: 1 h 30 min if two units say it, else in seconds. */
export function lifetime(seconds: number): string {
  const index = UNITS.findIndex(([size]) => seconds >= size);
  const [size, name] = UNITS[index] ?? [1, 's'];
  const [nextSize, nextName] = UNITS[index + 1] ?? [1, 's'];
  const rest = seconds % size;
  const whole = `${count(Math.floor(seconds / size))} ${name}`;
  if (rest === 0) return whole;
  return rest % nextSize === 0 ? `${whole} ${rest / nextSize} ${nextName}` : `${count(seconds)} s`;
}

/** Of a registration. */
export function registeredFor(seconds: number): string {
  return seconds === 0 ? 'without end' : lifetime(seconds);
}

export function ago(at: number, now: number): string {
  return now - at < SECOND ? 'now' : `${span(now - at)} ago`;
}

export function left(at: number, now: number): string {
  return at >= now ? span(at - now) : `${span(now - at)} over`;
}

/** The exact time in the reader's zone, with milliseconds: 2026-11-22 14:02:11.482 +01:00. */
export function exact(at: number): string {
  const date = new Date(at);
  const offset = -date.getTimezoneOffset();
  const local = new Date(at + offset * MINUTE).toISOString();
  const zone = `${pad(Math.abs(offset) / 60)}:${pad(Math.abs(offset) % 60)}`;
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${offset < 0 ? '−' : '+'}${zone}`;
}

/** The day, and the time to the minute. */
export function day(at: number): string {
  return exact(at).slice(0, 16);
}

/** A measured number with at most six significant digits and a true minus sign. */
export function measured(value: number): string {
  if (Number.isInteger(value)) {
    return Math.abs(value) < 10_000 ? String(value).replace('-', '−') : count(value);
  }
  const text = Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4
    ? value.toExponential(3)
    : String(Number(value.toPrecision(6)));
  return text.replace('-', '−');
}

function pad(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
