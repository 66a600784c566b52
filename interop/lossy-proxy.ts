// A UDP proxy between one client and one server that loses a share of the datagrams, the same ones
// for the same seed, and tells what became of each record of application data. It reads nothing but
// the first bytes of records, which nobody hides.

import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { WAIT_MAX_MS } from './until.ts';

const HOST = '127.0.0.1';
/** RFC 5246 s6.2.1; the epoch stands behind type and version (RFC 6347 s4.1). */
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
/** RFC 9146 s4: behind it is data as well, but for the last messages of a handshake. */
const TLS12_CID = 25;
const EPOCH_AT = 3;
/** RFC 6347 s4.1: what is in a record. */
const CONTENT_AT = 13;
/** RFC 5246 s7.2: behind the level. */
const DESCRIPTION_AT = CONTENT_AT + 1;
/** RFC 6347 s4.2.2: of a whole message and of the fragment, three bytes each. */
const LENGTH_AT = CONTENT_AT + 1;
const FRAGMENT_LENGTH_AT = 22;

/** Up is to the server. */
export type Direction = 'up' | 'down';
export type Fate = 'passed' | 'lost';

type Seen = Readonly<Record<Direction, Set<number>>>;

export interface Loss {
  /** From 0 to 1. */
  readonly share: number;
  readonly seed: string;
}

export const NO_LOSS: Loss = { share: 0, seed: '' };

export class LossyProxy {
  /** May be set at any time: a peer who repeats nothing is to have his handshake first. */
  loss: Loss;
  /** What became of application data so far. */
  readonly records = { up: { passed: 0, lost: 0 }, down: { passed: 0, lost: 0 } };
  /** Datagrams of handshakes before anything is sealed, both ways, so far. */
  handshakes = 0;
  /** Of which types the handshake messages are that datagrams began with a part of, so far. */
  readonly fragments: Seen = { up: new Set(), down: new Set() };
  /** What alerts that are in the clear said, so far. */
  readonly alerts: Seen = { up: new Set(), down: new Set() };
  readonly #serverPort: number;
  readonly #fates = new EventEmitter();
  readonly #toClient: Socket;
  readonly #seen = { up: 0, down: 0 };
  #toServer: Socket;
  #clientPort = 0;

  private constructor(serverPort: number, loss: Loss, toClient: Socket, toServer: Socket) {
    this.#serverPort = serverPort;
    this.loss = loss;
    this.#toClient = toClient;
    this.#toServer = toServer;
    toClient.on('message', (datagram, { port }) => {
      this.#clientPort = port;
      this.#pass('up', datagram);
    });
    this.#hear(toServer);
  }

  static async to(serverPort: number, loss: Loss): Promise<LossyProxy> {
    return new LossyProxy(serverPort, loss, await boundSocket(), await boundSocket());
  }

  /** Where clients send to. */
  get port(): number {
    return this.#toClient.address().port;
  }

  /**
   * What becomes of the next record of application data in this direction. Whoever has just sent
   * one may ask: nothing arrives before it is asked.
   */
  async next(direction: Direction): Promise<Fate> {
    try {
      const signal = AbortSignal.timeout(WAIT_MAX_MS);
      const [fate] = await once(this.#fates, direction, { signal }) as [Fate];
      return fate;
    } catch {
      throw new Error(`not within ${WAIT_MAX_MS / 1000} s: a record on its way ${direction}`);
    }
  }

  /** From now on the server sees the client at another port, as behind a NAT that forgot him. */
  async move(): Promise<void> {
    const left = this.#toServer;
    this.#toServer = await boundSocket();
    this.#hear(this.#toServer);
    left.close();
  }

  close(): void {
    this.#toClient.close();
    this.#toServer.close();
  }

  #hear(toServer: Socket): void {
    toServer.on('message', (datagram) => this.#pass('down', datagram));
    // Of a server that does not listen yet, or no longer: lost, like any other.
    toServer.on('error', () => {});
  }

  #pass(direction: Direction, datagram: Buffer): void {
    const fate = fateOf(this.loss, direction, this.#seen[direction]++);
    if (fate === 'passed') {
      if (direction === 'up') this.#toServer.send(datagram, this.#serverPort, HOST);
      else this.#toClient.send(datagram, this.#clientPort, HOST);
    }
    const epoch = datagram.length >= EPOCH_AT + 2 ? datagram.readUInt16BE(EPOCH_AT) : 0;
    if (epoch > 0 && (datagram[0] === APPLICATION_DATA || datagram[0] === TLS12_CID)) {
      this.records[direction][fate]++;
      this.#fates.emit(direction, fate);
    }
    if (epoch === 0) this.#look(direction, datagram);
  }

  #look(direction: Direction, datagram: Buffer): void {
    const [type] = datagram;
    if (type === HANDSHAKE) this.handshakes++;
    if (type === ALERT && datagram.length > DESCRIPTION_AT) {
      this.alerts[direction].add(datagram.readUInt8(DESCRIPTION_AT));
    }
    if (type === HANDSHAKE && datagram.length >= FRAGMENT_LENGTH_AT + 3
      && datagram.readUIntBE(FRAGMENT_LENGTH_AT, 3) < datagram.readUIntBE(LENGTH_AT, 3)) {
      this.fragments[direction].add(datagram.readUInt8(CONTENT_AT));
    }
  }
}

/** By its number alone, so that how long something took changes nobody's fate. */
function fateOf({ share, seed }: Loss, direction: Direction, number: number): Fate {
  const hash = createHash('sha256').update(`${seed} ${direction} ${number}`).digest();
  return hash.readUInt32BE(0) < share * 2 ** 32 ? 'lost' : 'passed';
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}
