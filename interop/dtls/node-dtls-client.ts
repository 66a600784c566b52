// The npm package `node-dtls-client` as a peer, in this process on a socket of its own.

import { once } from 'node:events';
import { dtls } from 'node-dtls-client';
import { SUITES_WITH_CBC, type Suite } from '../../core/dtls/suites.ts';
import { WAIT_MAX_MS } from '../until.ts';
import { HOST } from './endpoint.ts';
import {
  LOSS, RECORDS, talk, talkInEach, talkingCells, withLine, type TalkingPeer,
} from './line.ts';
import { notApplicable, yes, type Row } from './matrix.ts';

const KNOWN = ['TLS_PSK_WITH_AES_128_CCM_8', 'TLS_PSK_WITH_AES_128_CCM',
  'TLS_PSK_WITH_AES_128_GCM_SHA256', 'TLS_PSK_WITH_AES_128_CBC_SHA256'] as const;
const SUITES = SUITES_WITH_CBC.filter(({ name }) => KNOWN.some((known) => known === name));

const client: TalkingPeer = {
  role: 'client',
  suites: SUITES.filter(({ aead }) => aead) as [Suite, ...Suite[]],
  async start(port, { suite, key, identity }) {
    const heard: string[] = [];
    const socket = dtls.createSocket({
      type: 'udp4', address: HOST, port, psk: { [identity]: key }, timeout: WAIT_MAX_MS,
      ciphers: KNOWN.filter((known) => known === suite.name),
    });
    socket.on('message', (content: Buffer) => heard.push(content.toString().trimEnd()));
    // It can say nothing before, and throws if it shall.
    const isConnected = await once(socket, 'connected').then(() => true, () => false);
    return {
      say: (line) => { if (isConnected) socket.send(Buffer.from(`${line}\n`)); },
      heard: () => heard,
      async stop() {
        if (!isConnected) return;
        const closed = once(socket, 'close');
        socket.close();
        await closed;
      },
    };
  },
};

export const nodeDtlsClient: Row = {
  name: 'node-dtls-client',
  missing: async () => undefined,
  cells: {
    ...talkingCells(client),
    loss: yes(recordsUnderLoss, 'from the end of the handshake on: it repeats nothing'),
    cbc: yes(cbc, 'with a PSK; it has no encrypt-then-MAC'),
    x25519: notApplicable('it has PSK alone'),
    fragments: notApplicable('it has no MTU and no max_fragment_length'),
    resumption: notApplicable('it keeps no sessions'),
    connectionId: notApplicable('it has no connection ids'),
    rawKey: notApplicable('it has PSK alone'),
    certificate: notApplicable('it has PSK alone'),
  },
};

function cbc(): Promise<void> {
  return talkInEach(client, SUITES.filter(({ aead }) => !aead), { hasEncryptThenMac: false });
}

function recordsUnderLoss(): Promise<string> {
  return withLine(client, {}, async (line) => {
    await line.ours.next('established');
    line.proxy.loss = LOSS;
    return talk(client, line, RECORDS);
  });
}
