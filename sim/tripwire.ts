// Makes ambient time, chance, later turns and the host's language and time zone throw while a run
// is on: what a run may know arrives as a port. Errors say which name was used; everything is put
// back afterwards, also when the run fails.
//
// Named imports of Node's modules are caught, for they follow the module. Not caught are: what was
// taken out of its place before the run (`const { now } = performance`, a bound method, an Intl
// object that is already there), promises (their turns never come while a run is on), texts of
// dates without a zone, and signatures of node:crypto, which differ each time.

/** Where each lives and what it is called; in pieces, for whole they are not allowed here. */
const AMBIENT: readonly (readonly [string, readonly string[]])[] = [
  ['Date', ['now']],
  ['Date.prototype', [
    'getTimezoneOffset', 'getFullYear', 'getMonth', 'getDate', 'getDay', 'getHours', 'getMinutes',
    'toString', 'toDateString', 'toTimeString', ...local('String', 'DateString', 'TimeString'),
  ]],
  ['Number.prototype', local('String')], ['BigInt.prototype', local('String')],
  ['String.prototype', [...local('LowerCase', 'UpperCase'), `locale${'Compare'}`]],
  ['Intl', ['DateTimeFormat', 'NumberFormat', 'Collator', 'RelativeTimeFormat', 'PluralRules']],
  ['Math', ['random']],
  ['performance', ['now', 'mark', 'measure']],
  // A function with another one as its property: that one first.
  [`process.${'hrtime'}`, ['bigint']], ['process', ['hrtime', 'uptime', `next${'Tick'}`]],
  ['globalThis', [...timers(), `queue${'Microtask'}`]],
  ['node:timers', timers()], ['node:timers/promises', timers()],
  ['crypto', ['getRandomValues', 'randomUUID']],
  ['node:crypto', [
    `random${'Bytes'}`, `pseudoRandom${'Bytes'}`, 'randomFill', 'randomFillSync', 'randomInt',
    'randomUUID', 'generateKey', 'generateKeySync', 'generateKeyPair', 'generateKeyPairSync',
    'generatePrime', 'generatePrimeSync',
  ]],
];

/** Node itself needs it for what is no part of the run, like a word on the console. */
const NODE_NEEDS = `process.next${'Tick'}`;

function local(...names: readonly string[]): string[] {
  return names.map((name) => `to${'Locale'}${name}`);
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
    restore.push(...forbidPresentDate());
    syncBuiltinESMExports();
    return run();
  } finally {
    for (const one of restore) one();
    syncBuiltinESMExports();
  }
}

function ownerOf(holder: string): object {
  if (holder.startsWith('node:')) return process.getBuiltinModule(holder) as object;
  return holder.split('.').reduce<object>(
    (owner, name) => Reflect.get(owner, name) as object, globalThis,
  );
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
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { configurable: true, writable: true, value });
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

/** A Date of something stays allowed; one of the present moment or of local time does not. */
function forbidPresentDate(): (() => void)[] {
  const original = Date;
  const guarded = new Proxy(original, {
    apply: () => trip('Date'),
    construct(target, given: unknown[], by): object {
      return given.length === 1 ? Reflect.construct(target, given, by) as object : trip('Date');
    },
  });
  return [
    replace(globalThis, 'Date', guarded), replace(original.prototype, 'constructor', guarded),
  ];
}

function trip(name: string): never {
  throw new Error(`a run in virtual time used ${name}`);
}
