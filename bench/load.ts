// Starts the two processes of a load test, a server and the load generator, and tells what they
// measured. The echo and the real server are measured in the same layout.

import { answerOf, startProcess } from './as-started.ts';

export const PEERS = 2000;
/** How those with keys are called, with a number behind. */
export const SECURED = 'secured';

export interface LoadOrder {
  readonly kind: 'echo' | 'notify' | 'register' | 'send';
  readonly port: number;
  /** Over DTLS, each peer with a PSK. */
  readonly isSecured: boolean;
  readonly peers: number;
  readonly endpoints: string;
  /** Messages under way in a closed loop. */
  readonly window: number;
  /** Messages a second in an open loop; undefined: closed loop. */
  readonly rate: number | undefined;
  readonly warmUp: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly rate: number;
  readonly sent: number;
  readonly lost: number;
  readonly retransmitted: number;
  /** Milliseconds, ascending; empty for a closed loop. */
  readonly latencies: Float64Array;
}

/** What a server process says of itself at the end. */
export interface ServerReport {
  /** Milliseconds the main loop was late. */
  readonly lagP99: number;
  readonly lagMax: number;
  readonly cpuSeconds: number;
  readonly stored: number;
}

export interface Server {
  readonly port: number;
  /** For DTLS; undefined of the echo. */
  readonly securedPort: number | undefined;
  /** Begins the measurement of lag and CPU. */
  begin(): void;
  stop(): Promise<ServerReport>;
}

/** `program` is `echo-process` or `server-process` beside this file. */
export async function startServerProcess(program: string): Promise<Server> {
  const child = startProcess(program);
  const { port, securedPort } = await answerOf<Pick<Server, 'port' | 'securedPort'>>(child);
  return {
    port, securedPort,
    begin: () => void child.send('begin'),
    async stop() {
      const report = answerOf<ServerReport>(child);
      child.send('stop');
      return report;
    },
  };
}

export async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const child = startProcess('load-process');
  const result = answerOf<LoadResult>(child);
  child.send(order);
  const measured = await result;
  child.kill();
  return measured;
}
