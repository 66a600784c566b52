// The program behind blockwise.ts: a CoAP server by the npm package `coap` that keeps what is put
// to it, and a client that copies /kept to /copy of our endpoint when it is told to. Arguments: our
// port. Lines in, events out.

import type { Socket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { Agent, createServer, request } from 'coap';
import type { IncomingMessage, OutgoingMessage } from 'coap';

const HOST = '127.0.0.1';
const BLOCK_OF_512 = Buffer.from([0x05]);
const OURS = Number(process.argv[2]);
const kept = new Map<string, Buffer>();

function tell(event: string, fields: Record<string, string> = {}): void {
  console.log(JSON.stringify({ event, ...fields }));
}

function serve(asked: IncomingMessage, response: OutgoingMessage): void {
  if (asked.method === 'PUT') {
    kept.set(asked.url, asked.payload);
    response.code = '2.04';
    response.end();
  } else response.end(kept.get(asked.url));
}

function copy(): void {
  // One agent for both would close its socket between them.
  const [getting, putting] = [new Agent({ type: 'udp4' }), new Agent({ type: 'udp4' })];
  const get = request({ agent: getting, hostname: HOST, port: OURS, pathname: '/kept' });
  get.on('response', (found: IncomingMessage) => {
    const to = { agent: putting, hostname: HOST, port: OURS };
    const put = request({ ...to, pathname: '/copy', method: 'PUT' });
    // The package leaves a long body whole unless it is told a size.
    put.setOption('Block1', BLOCK_OF_512);
    put.on('response', ({ code }: IncomingMessage) => {
      tell(code === '2.04' ? 'copied' : 'copy failed', { code });
    });
    put.end(found.payload);
  });
  get.end();
}

const server = createServer({ type: 'udp4' }, serve as never);
server.listen(0, HOST, () => {
  // oxlint-disable-next-line no-underscore-dangle -- the package does not say where it listens
  const { _sock: socket } = server as unknown as { _sock: Socket };
  const { port } = socket.address();
  tell('listening', { port: String(port) });
});
createInterface({ input: process.stdin })
  .on('line', copy).on('close', () => process.exit(0));
