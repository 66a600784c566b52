// Durable registrations and notifications over loopback UDP: the production server in one
// process, the load in another, the raw echo in the same layout and the same run.

import { RECORDS_PER_SEND } from './load-messages.ts';
import { figure, percentile, type Figure, type Options } from './result.ts';
import {
  PEERS, runLoad, SECURED, startServerProcess, type LoadOrder, type LoadResult, type ServerReport,
} from './load.ts';

const WINDOW = 1024;
/** Of the open loops. */
const NOTIFICATIONS_PER_SECOND = 20_000;
const SECURED_PER_SECOND = 7_500;
const RECORDS_PER_SECOND = 60_000;
/** Seconds in which code is compiled and memory grows; not counted. */
const WARM_UP = 5;

type Run = { readonly load: LoadResult; readonly server: ServerReport };

async function run(
  program: string, options: Options, order: Pick<LoadOrder, 'kind' | 'rate'>, isSecured = false,
): Promise<Run> {
  const server = await startServerProcess(program);
  server.begin();
  const load = await runLoad({
    ...order, isSecured, port: isSecured ? server.securedPort ?? 0 : server.port, peers: PEERS,
    endpoints: isSecured ? SECURED : 'bench', window: WINDOW, warmUp: WARM_UP,
    seconds: options.isQuick ? 5 : 60,
  });
  return { load, server: await server.stop() };
}

let echo: Promise<Run> | undefined;

/** Measured once per run of the bench, for all that refer to it. */
function echoRun(options: Options): Promise<Run> {
  echo ??= run('echo-process', options, { kind: 'echo', rate: undefined });
  return echo;
}

export async function udpEcho(options: Options): Promise<Figure> {
  const { load } = await echoRun(options);
  return figure('udp.echo', load.rate, 'messages/s', { notes: lossNotes(load) });
}

export async function notifyDurable(options: Options): Promise<Figure> {
  const reference = (await echoRun(options)).load.rate;
  const { load, server } = await run(
    'server-process', options, { kind: 'notify', rate: undefined },
  );
  return figure('notify.durable', load.rate, 'messages/s', {
    reference, notes: [...lossNotes(load), ...serverNotes(server)],
  });
}

/** Over DTLS with PSK, AES_128_CCM_8 and connection ids. */
export async function notifyDtlsDurable(options: Options): Promise<Figure> {
  const reference = (await echoRun(options)).load.rate;
  const { load, server } = await run(
    'server-process', options, { kind: 'notify', rate: undefined }, true,
  );
  return figure('notify.dtls.durable', load.rate, 'messages/s', {
    reference, notes: [...lossNotes(load), ...serverNotes(server)],
  });
}

export async function notifyDtlsAckP99(options: Options): Promise<Figure> {
  const rate = SECURED_PER_SECOND;
  return latencyFigure('notify.dtls.ack.p99', rate,
    await run('server-process', options, { kind: 'notify', rate }, true));
}

export async function registerDurable(options: Options): Promise<Figure> {
  const reference = (await echoRun(options)).load.rate;
  const { load, server } = await run(
    'server-process', options, { kind: 'register', rate: undefined },
  );
  return figure('register.durable', load.rate, 'registrations/s', {
    reference, notes: [...lossNotes(load), ...serverNotes(server)],
  });
}

/** In records, of which a Send has ten. */
export async function sendDurable(options: Options): Promise<Figure> {
  const { load, server } = await run('server-process', options, { kind: 'send', rate: undefined });
  return figure('send.durable', load.rate * RECORDS_PER_SEND, 'records/s', {
    notes: [...lossNotes(load), ...serverNotes(server)],
  });
}

export async function notifyAckP99(options: Options): Promise<Figure> {
  const rate = NOTIFICATIONS_PER_SECOND;
  return latencyFigure('notify.ack.p99', rate,
    await run('server-process', options, { kind: 'notify', rate }));
}

export async function sendAckP99(options: Options): Promise<Figure> {
  const rate = RECORDS_PER_SECOND / RECORDS_PER_SEND;
  return latencyFigure('send.ack.p99', rate,
    await run('server-process', options, { kind: 'send', rate }));
}

function latencyFigure(name: string, rate: number, { load, server }: Run): Figure {
  const { latencies } = load;
  const shares = [['p50', 0.5], ['p99.9', 0.999], ['max', 1]] as const;
  return figure(name, percentile(latencies, 0.99), 'ms', {
    notes: [
      `${rate}/s asked, ${load.rate.toFixed(0)}/s answered`,
      ...shares.map(([share, part]) => `${share} ${percentile(latencies, part).toFixed(1)} ms`),
      ...lossNotes(load), ...serverNotes(server),
    ],
  });
}

function lossNotes({ sent, lost, retransmitted }: LoadResult): string[] {
  return [`${sent} sent, ${lost} lost, ${retransmitted} retransmitted`];
}

function serverNotes({ lagP99, lagMax, cpuSeconds, stored }: ServerReport): string[] {
  const lag = `main-loop lag p99 ${lagP99.toFixed(1)} ms, max ${lagMax.toFixed(1)} ms`;
  return [lag, `${cpuSeconds.toFixed(1)} s CPU in all threads, ${stored} values stored`];
}
