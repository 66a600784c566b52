// A device whose CoAP is the npm package `coap`: the independent stack that shows whether ours
// only understands itself. Runs in a process of its own: a malformed datagram can stop it.

import { createSocket } from 'node:dgram';
import coap from 'coap';
import { ContentFormat, encodePayload } from '../../core/lwm2m/content-format.ts';
import { parsePath, type Path } from '../../core/lwm2m/path.ts';
import type { Address, Milliseconds } from '../../core/ports.ts';
import type { DeviceOptions } from '../device.ts';

const RETRY: Milliseconds = 15_000;
/** Longer than MAX_TRANSMIT_WAIT (RFC 7252 s4.8.2): the package may end without saying so. */
const ANSWER_WAIT: Milliseconds = 100_000;

interface ServerRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface ServerResponse {
  statusCode: string | number;
  setOption(name: string, value: unknown): void;
  write(payload: Uint8Array): void;
  end(payload?: Uint8Array): void;
  on(event: 'finish', listener: () => void): void;
}

interface ForeignServer {
  on(
    event: 'request', listener: (request: ServerRequest, response: ServerResponse) => void,
  ): void;
  listen(socket: unknown): void;
}

/** Registers the device and keeps it registered until the process ends. */
export function startForeignDevice(server: Address, options: DeviceOptions): void {
  const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, () => {
    const agent = new coap.Agent({ socket } as never);
    const device = coap.createServer() as unknown as ForeignServer;
    device.on('request', (request, response) => answer(options, request, response));
    device.listen(socket);
    register(agent, server, options);
  });
}

type Agent = InstanceType<typeof coap.Agent>;

function register(agent: Agent, server: Address, options: DeviceOptions): void {
  const { endpoint, lifetime, resources } = options;
  const query = `ep=${endpoint}&lt=${lifetime}&lwm2m=1.1&b=U`;
  const again = (): void => void setTimeout(() => register(agent, server, options), RETRY);
  const links = resources.links([ContentFormat.TLV]);
  send(agent, server, '/rd', query, links, (code, location) => {
    if (code !== '2.01') return again();
    setTimeout(() => update(agent, server, options, location), lifetime * 500);
  }, again);
}

function update(agent: Agent, server: Address, options: DeviceOptions, location: string): void {
  const again = (): void => register(agent, server, options);
  send(agent, server, location, '', '', (code) => {
    if (code !== '2.04') return again();
    setTimeout(() => update(agent, server, options, location), options.lifetime * 500);
  }, again);
}

function send(
  agent: Agent, server: Address, pathname: string, query: string, body: string,
  done: (code: string, location: string) => void, failed: () => void,
): void {
  const { host, port } = server;
  const request = coap.request({
    hostname: host, port, method: 'POST', pathname, query, agent, confirmable: true,
  } as never);
  let hasEnded = false;
  const end = (act: () => void): void => {
    clearTimeout(timer);
    if (!hasEnded) act();
    hasEnded = true;
  };
  const timer = setTimeout(() => end(failed), ANSWER_WAIT);
  if (body !== '') request.setOption('Content-Format', 'application/link-format');
  request.on('response', (response) => {
    const options: readonly { name: unknown; value: unknown }[] = response.options;
    const segments = options
      .filter(({ name }) => name === 'Location-Path').map(({ value }) => String(value));
    end(() => done(response.code, `/${segments.join('/')}`));
  });
  request.on('error', () => end(failed));
  request.end(body);
}

function answer(options: DeviceOptions, request: ServerRequest, response: ServerResponse): void {
  const path = parsePath(request.url.split('?')[0] ?? '');
  const payload = path.ok && request.method === 'GET' ? read(options, path.value) : undefined;
  if (!path.ok || payload === undefined) {
    response.statusCode = '4.04';
    return response.end();
  }
  response.setOption('Content-Format', formatBytes());
  if (request.headers.Observe !== 0) return response.end(payload);
  response.write(payload);
  const timer = setInterval(() => {
    const next = read(options, path.value);
    if (next !== undefined) response.write(next);
  }, options.notifyEvery);
  // The package ends the response when the server resets a notification.
  response.on('finish', () => clearInterval(timer));
}

function read(options: DeviceOptions, path: Path): Uint8Array | undefined {
  const entries = options.resources.read(path, Date.now());
  if (entries.length === 0) return undefined;
  const payload = encodePayload(ContentFormat.TLV, path, entries);
  return payload.ok ? payload.value : undefined;
}

/** The package knows no name for 11542 and takes its bytes. */
function formatBytes(): Buffer {
  return Buffer.from([ContentFormat.TLV >> 8, ContentFormat.TLV & 0xff]);
}
