// Makes ambient time, chance, later turns and the host's language and time zone throw while a run
// is on: what a run may know arrives as a port. Errors say which name was used; everything is put
// back afterwards, also when the run fails.
//
// Named imports of Node's modules are caught, for they follow the module. Not caught are: what was
// taken out of its place before the run (`const { now } = performance`, a bound method, an Intl
// object that is already there), promises (their turns never come while a run is on), texts of
// dates without a zone, and signatures and public-key encryption of node:crypto, which differ each
// time.

/** Where each lives and what it is called; in pieces, for whole they are not allowed here. */
const AMBIENT: readonly (readonly [string, readonly string[]])[] = [
  ['Date', ['now']],
  ['Date.prototype', [
    'getTimezoneOffset', 'getDay', 'getYear', 'setYear', ...fields('get'), ...fields('set'),
    'toString', 'toDateString', 'toTimeString', ...local('String', 'DateString', 'TimeString'),
  ]],
  ['Number.prototype', local('String')], ['BigInt.prototype', local('String')],
  ['String.prototype', [...local('LowerCase', 'UpperCase'), `locale${'Compare'}`]],
  ['Intl', [
    'DateTimeFormat', 'NumberFormat', 'Collator', 'RelativeTimeFormat', 'PluralRules',
    'ListFormat', 'Segmenter', 'DisplayNames',
  ]],
  ['Math', ['random']],
  ['performance', ['now', 'mark', 'measure', 'toJSON', 'eventLoopUtilization']],
  // A function with another one as its property: that one first.
  [`process.${'hrtime'}`, ['bigint']], ['process', ['hrtime', 'uptime', `next${'Tick'}`]],
  ['globalThis', [...timers(), `queue${'Microtask'}`]],
  ['node:timers', timers()], ['node:timers/promises', timers()],
  ['node:timers/promises.scheduler', ['wait', 'yield']], ['AbortSignal', ['timeout']],
  ['crypto', ['getRandomValues', 'randomUUID']],
  ['node:crypto', [
    `random${'Bytes'}`, `pseudoRandom${'Bytes'}`, 'randomFill', 'randomFillSync', 'randomInt',
    'randomUUID', 'generateKey', 'generateKeySync', 'generateKeyPair', 'generateKeyPairSync',
    'generatePrime', 'generatePrimeSync', 'createDiffieHellman',
  ]],
  ...['ECDH', 'DiffieHellman', 'DiffieHellmanGroup'].map((kind) => (
    [`node:crypto.${kind}.prototype`, ['generateKeys']] as const)),
];

/** What is only looked at. */
const AMBIENT_FIELDS: readonly (readonly [string, string])[] = [
  ['Performance.prototype', 'timeOrigin'], ['Performance.prototype', 'nodeTiming'],
  ['Event.prototype', 'timeStamp'],
];

/** Node itself needs it for what is no part of the run, like a word on the console. */
const NODE_NEEDS = `process.next${'Tick'}`;

function local(...names: readonly string[]): string[] {
  return names.map((name) => `to${'Locale'}${name}`);
}

/** Parts of a date in local time; those in UTC have names of their own. */
function fields(prefix: 'get' | 'set'): string[] {
  return ['FullYear', 'Month', 'Date', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']
    .map((field) => `${prefix}${field}`);
}

function timers(): string[] {
  return ['Timeout', 'Interval', 'Immediate'].map((name) => `set${name}`);
}

export function underTripwire<Result>(run: () => Result): Result {
  const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
  const restore: (() => void)[] = [];
  try {
    for (const [holder, names] of AMBIENT) {
      const owner = ownerOf(holder);
      for (const name of names) restore.push(forbid(owner, name, `${holder}.${name}`));
    }
    for (const [holder, name] of AMBIENT_FIELDS) {
      const get = () => trip(`${holder}.${name}`);
      restore.push(define(ownerOf(holder), name, { configurable: true, get }));
    }
    restore.push(...forbidPresentDate());
    syncBuiltinESMExports();
    return run();
  } finally {
    for (const one of restore) one();
    syncBuiltinESMExports();
  }
}

function ownerOf(holder: string): object {
  const [first = '', ...names] = holder.split('.');
  const root = first.startsWith('node:') ? process.getBuiltinModule(first)
    : Reflect.get(globalThis, first) as unknown;
  return names.reduce<object>((owner, name) => Reflect.get(owner, name) as object, root as object);
}

function forbid(owner: object, name: string, called: string): () => void {
  const original = Reflect.get(owner, name) as (...given: unknown[]) => unknown;
  return replace(owner, name, new Proxy(original, {
    apply(target, self, given: unknown[]): unknown {
      const isLeft = called === NODE_NEEDS && isNodeItself();
      return isLeft ? Reflect.apply(target, self, given) : trip(called);
    },
    construct: () => trip(called),
  }));
}

function replace(owner: object, name: string, value: unknown): () => void {
  return define(owner, name, { configurable: true, writable: true, value });
}

function define(owner: object, name: string, descriptor: PropertyDescriptor): () => void {
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, descriptor);
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, own);
  };
}

/** Whoever called the forbidden function: below this one and the proxy's trap. */
function isNodeItself(): boolean {
  const [, , , caller = ''] = (new Error().stack ?? '').split('\n');
  return /^\s+at (.* \()?node:/.test(caller);
}

/**
 * Likewise, for dates in the place of which those of a certificate come at once: the decorated
 * classes of the library that reads and writes certificates are never empty.
 */
function isCertificate(): boolean {
  const [, , , caller = ''] = (new Error().stack ?? '').split('\n');
  return /@peculiar[/\\]asn1-x509[/\\].*[/\\]validity\.js/.test(caller);
}

/** A Date of something stays allowed; one of the present moment or of local time does not. */
function forbidPresentDate(): (() => void)[] {
  const original = Date;
  const guarded = new Proxy(original, {
    apply: () => trip('Date'),
    construct(target, given: unknown[], by): object {
      if (given.length === 1) return Reflect.construct(target, given, by) as object;
      return isCertificate() ? new original(0) : trip('Date');
    },
  });
  return [
    replace(globalThis, 'Date', guarded), replace(original.prototype, 'constructor', guarded),
  ];
}

function trip(name: string): never {
  throw new Error(`a run in virtual time used ${name}`);
}
