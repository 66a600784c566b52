// Ctrl-C, or a service that ends: what runs is told to come to its end in good order, so that what
// was done is not lost.

/** As a shell says of a command that Ctrl-C ended. */
export const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** Programs like timeout and npm pass on what the terminal has sent to us already. */
const ECHO_MS = 500;

/** Commands that come to their end in good order, once they are loaded. */
const INTERRUPTIBLE: readonly (string | undefined)[] = ['run', 'fuzz'];

/** Until such a command listens itself a signal ends it, with a sentence. */
export function interruptible(command: string | undefined): void {
  if (!INTERRUPTIBLE.includes(command)) return;
  for (const signal of SIGNALS) process.on(signal, endAtOnce);
}

function endAtOnce(): never {
  sayNothingPlayed();
  process.exit(INTERRUPTED);
}

export function sayNothingPlayed(): void {
  console.error('Interrupted before anything was played.');
}

/** Aborted by the first signal. A later one finds nobody listening, and ends the process. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  const onSignal = (): void => {
    interrupted.abort();
    setTimeout(() => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    }, ECHO_MS).unref();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal).off(signal, endAtOnce);
  return interrupted.signal;
}
