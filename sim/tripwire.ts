// Makes ambient time and chance throw while a run is on: what a run may know arrives as a port.
// Errors say which name was used; everything is put back afterwards, also when the run fails.

/** Where each lives and what it is called; in pieces, for whole they are not allowed here. */
const AMBIENT: readonly (readonly [string, string])[] = [
  ['Date', 'now'], ['Math', 'random'], ['performance', 'now'],
  ['crypto', 'getRandomValues'], ['crypto', 'randomUUID'],
  ['globalThis', `set${'Timeout'}`], ['globalThis', `set${'Interval'}`],
  ['globalThis', `set${'Immediate'}`], ['globalThis', `queue${'Microtask'}`],
];

export function underTripwire<Result>(run: () => Result): Result {
  const restore = AMBIENT.map(([holder, name]) => forbid(holder, name));
  restore.push(forbidPresentDate());
  try {
    return run();
  } finally {
    for (const one of restore) one();
  }
}

function forbid(holder: string, name: string): () => void {
  const owner = Reflect.get(globalThis, holder) as object;
  const own = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, {
    configurable: true, writable: true, value: () => trip(`${holder}.${name}`),
  });
  return () => {
    if (own === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, own);
  };
}

/** A Date of something stays allowed, one of the present moment does not. */
function forbidPresentDate(): () => void {
  const original = Date;
  globalThis.Date = new Proxy(original, {
    construct(target, given: unknown[]): object {
      return given.length === 0 ? trip('Date') : Reflect.construct(target, given) as object;
    },
  });
  return () => {
    globalThis.Date = original;
  };
}

function trip(name: string): never {
  throw new Error(`a run in virtual time used ${name}`);
}
