// `node-dtls-client` where a library wants a socket of node:dgram that speaks to one server.

import type { Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { dtls } from 'node-dtls-client';
import { WAIT_MAX_MS } from '../until.ts';

export class DtlsSocket extends EventEmitter {
  readonly type = 'udp4';
  readonly #server: { readonly address: string; readonly port: number };
  readonly #psk: Record<string, string>;
  #connected: dtls.Socket | undefined;

  constructor({ hostname, port }: URL, identity: string, key: Buffer) {
    super();
    this.#server = { address: hostname, port: Number(port) };
    // It takes keys as text, and makes a byte of each character.
    this.#psk = { [identity]: key.toString('latin1') };
  }

  /**
   * Shakes hands, from a port of its own. It takes no record that is numbered more than 64 ahead of
   * the newest, and those of a server that was killed and started again are: who has not been
   * answered, or wants to be sure that he will be, does it again.
   */
  async connect(): Promise<void> {
    const socket = dtls.createSocket({
      type: 'udp4', ...this.#server, psk: this.#psk, timeout: WAIT_MAX_MS,
      ciphers: ['TLS_PSK_WITH_AES_128_CCM_8'],
    });
    await once(socket, 'connected');
    // The one before stays open without a word: to close it would say farewell to the server.
    socket.on('message', (content) => {
      if (socket === this.#connected) this.emit('message', content, this.address());
    });
    socket.on('error', (error) => {
      if (socket === this.#connected) this.emit('error', error);
    });
    this.#connected = socket;
  }

  address(): Readonly<Record<string, unknown>> {
    return { ...this.#server, family: 'IPv4' };
  }

  send(
    content: Buffer, _offset: number, _length: number, _port: number, _host: string,
    done?: (error: Error | null) => void,
  ): void {
    this.#connected?.send(content, () => done?.(null));
  }

  /** It has of one what is needed. */
  asSocket(): Socket {
    return this as unknown as Socket;
  }
}
