// One peer, one endpoint of ours and the proxy between them, and what is checked of everybody who
// says and hears lines: that all of it arrives, once, in order and unchanged.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Association } from '../../core/dtls/association.ts';
import type { Suite } from '../../core/dtls/suites.ts';
import type { X509Identity } from '../../core/dtls/x509.ts';
import type { NamedCurve } from '../../core/ports.ts';
import type { Child } from '../child.ts';
import { freePort } from '../libcoap.ts';
import { LossyProxy, NO_LOSS, type Direction, type Loss } from '../lossy-proxy.ts';
import { until } from '../until.ts';
import { Endpoint, IDENTITY, KEY, WRONG_KEY, type EndpointOptions } from './endpoint.ts';
import { yes, type Cell, type Column } from './matrix.ts';

export const RECORDS = 1_000;
/** So many are under way at once that no buffer of the system overflows. */
const BURST = 50;
/** Loses the second datagram of each direction, so no handshake gets through at once. */
export const LOSS: Loss = { share: 0.2, seed: '114' };

/** As long as can be (RFC 4279 s5.3): makes a ClientKeyExchange that small MTUs split. */
export const LONG_IDENTITY = `urn:dev:${'interop-'.repeat(15)}`;

/** A peer's side of an association, as lines of text. */
export interface Talker {
  say(line: string): void;
  /** What it was told, without the ends of the lines. */
  heard(): readonly string[];
  stop(): Promise<void>;
}

/** What a talker is started with. */
export interface How {
  readonly suite: Suite;
  readonly key: string;
  readonly identity: string;
  /** The server's raw public key, a point. */
  readonly serverKey: Uint8Array;
  /** Of the peer's ephemeral keys, its only one. */
  readonly curve: NamedCurve;
  /** Whether the peer knows of it (RFC 7366). */
  readonly hasEncryptThenMac: boolean;
  /** What our client shows instead of a key. */
  readonly x509: X509Identity | undefined;
  /** Words of its own. */
  readonly more: readonly string[];
}

export interface TalkingPeer {
  /**
   * Clients are given the port of who listens, servers the one to listen at. An echo server says
   * what it was told and nothing else.
   */
  readonly role: 'client' | 'server' | 'echo server';
  /** Those it has of ours, the one for everything but the handshake first. */
  readonly suites: readonly [Suite, ...Suite[]];
  readonly start: (port: number, how: How) => Talker | Promise<Talker>;
}

export interface Line {
  readonly ours: Endpoint;
  readonly proxy: LossyProxy;
  readonly talker: Talker;
  readonly how: How;
  /** Ours, as a client. */
  readonly pending: Association | undefined;
}

export interface Setting extends Partial<How> {
  readonly loss?: Loss;
  readonly server?: EndpointOptions;
  /** The client's raw public key as the server knows it, a point. */
  readonly clientKey?: Uint8Array;
}

/** A program that says what it reads and prints what it hears. */
export function childTalker(child: Child): Talker {
  return {
    say: (line) => child.say(line),
    heard: () => child.lines.filter((line) => /^told \d+$/.test(line)),
    stop: () => child.stop(),
  };
}

/** A folder for the files of a peer, as long as it needs them. */
export async function withFolder<Outcome>(
  happen: (folder: string) => Promise<Outcome>,
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'flownexus-dtls-'));
  try {
    return await happen(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lets something happen between a fresh pair, which is ended whatever becomes of it. */
export async function withLine<Outcome>(
  peer: TalkingPeer, setting: Setting, happen: (line: Line) => Promise<Outcome>,
): Promise<Outcome> {
  const { loss = NO_LOSS, identity = IDENTITY, clientKey, server } = setting;
  return withEndpoint(server, async (ours) => {
    ours.identity = identity;
    ours.clientKey = clientKey;
    const how: How = {
      suite: peer.suites[0], key: KEY, identity, serverKey: ours.rawKeys.publicKey, more: [],
      curve: 'secp256r1', hasEncryptThenMac: true, x509: undefined, ...setting,
    };
    const serverPort = peer.role === 'client' ? ours.port : await freePort();
    const proxy = await LossyProxy.to(serverPort, loss);
    try {
      const talker = await peer.start(peer.role === 'client' ? proxy.port : serverPort, how);
      try {
        const pending = peer.role === 'client' ? undefined : ours.connect(proxy.port, how);
        return await happen({ ours, proxy, talker, how, pending });
      } finally {
        await talker.stop();
      }
    } finally {
      proxy.close();
    }
  });
}

export async function withEndpoint<Outcome>(
  options: EndpointOptions | undefined, happen: (ours: Endpoint) => Promise<Outcome>,
): Promise<Outcome> {
  const ours = await new Endpoint(options).listen();
  try {
    return await happen(ours);
  } finally {
    ours.close();
  }
}

/** The cells that are alike for all who talk. */
export function talkingCells(
  peer: TalkingPeer,
): Record<Extract<Column, 'psk' | 'records' | 'loss' | 'wrongKey'>, Cell> {
  return {
    psk: yes(() => talkInEach(peer, peer.suites, {}), namesOf(peer.suites)),
    records: yes(() => withLine(peer, {}, (line) => talk(peer, line, RECORDS))),
    loss: yes(() => withLine(peer, { loss: LOSS }, (line) => talk(peer, line, RECORDS))),
    wrongKey: yes(() => withLine(peer, { key: WRONG_KEY }, (line) => refuse(peer, line))),
  };
}

/** For notes: without what is clear from where they stand. */
export function namesOf(suites: readonly Suite[]): string {
  return suites.map(({ name }) =>
    name.replace(/^TLS_((PSK|ECDHE_ECDSA)_WITH_AES_128_)?/, '')).join(', ');
}

/** A handshake in each of them, in which it is what is agreed on, and a record each way. */
export async function talkInEach(
  peer: TalkingPeer, suites: readonly Suite[], setting: Setting,
): Promise<void> {
  for (const suite of suites) {
    await withLine(peer, { ...setting, suite }, async (line) => {
      const { association } = await line.ours.next('established');
      assert.equal(association.suite, suite);
      const isEncryptThenMac = suite.aead === undefined && line.how.hasEncryptThenMac;
      assert.equal(association.isEncryptThenMac, isEncryptThenMac);
      await exchange(peer, line, association, 1);
    });
  }
}

/** Waits for the handshake before it. */
export async function talk(peer: TalkingPeer, line: Line, count: number): Promise<string> {
  const { association } = await line.ours.next('established');
  return exchange(peer, line, association, count);
}

/** The peer says so many lines and hears as many. */
export async function exchange(
  peer: TalkingPeer, line: Line, association: Association, count: number,
): Promise<string> {
  if (peer.role === 'echo server') return echo(line, association, count);
  const { ours, proxy, talker } = line;
  const [toUs, fromUs] = peer.role === 'client' ? ['up', 'down'] as const : ['down', 'up'] as const;
  const before = { ours: ours.heard.length, talker: talker.heard().length };
  const said = await flow(proxy, toUs, count, 'said', {
    say: (text) => talker.say(text),
    heard: () => ours.heard.slice(before.ours).map((text) => text.replace(/\n$/, '')),
  });
  const told = await flow(proxy, fromUs, count, 'told', {
    say: (text) => assert.equal(ours.layer.send(association, Buffer.from(`${text}\n`)), 'sent'),
    heard: () => talker.heard().slice(before.talker),
  });
  return `${said} and ${told} arrived`;
}

/**
 * So many lines from one side to the other: those that passed the proxy arrive, and nothing else.
 * Who sends waits for the proxy and not for who hears, so nobody waits for what is lost.
 */
export async function flow(
  proxy: LossyProxy, direction: Direction, count: number, word: string,
  ends: Pick<Talker, 'say' | 'heard'>,
): Promise<string> {
  const passed: string[] = [];
  for (let number = 0; number < count; number++) {
    ends.say(`${word} ${number}`);
    if (await proxy.next(direction) === 'passed') passed.push(`${word} ${number}`);
    if (number % BURST < BURST - 1 && number < count - 1) continue;
    await until(`${passed.length} lines "${word}" arrive`,
      () => ends.heard().length >= passed.length || undefined,
      () => `There are ${ends.heard().length}`);
  }
  assert.deepEqual(ends.heard(), passed);
  return `${passed.length} of ${count} ${word}`;
}

/** As flow(), with each line both ways: what is lost on the way there does not come back. */
async function echo(
  { ours, proxy, talker }: Line, association: Association, count: number,
): Promise<string> {
  const told: string[] = [];
  const said: string[] = [];
  const before = { ours: ours.heard.length, talker: talker.heard().length };
  for (let number = 0; number < count; number++) {
    const line = `told ${number}`;
    assert.equal(ours.layer.send(association, Buffer.from(`${line}\n`)), 'sent');
    if (await proxy.next('up') === 'lost') continue;
    told.push(line);
    if (await proxy.next('down') === 'passed') said.push(`${line}\n`);
  }
  const heard = (): readonly string[] => ours.heard.slice(before.ours);
  await until(`${said.length} lines come back`, () => heard().length >= said.length || undefined);
  assert.deepEqual(heard(), said);
  assert.deepEqual(talker.heard().slice(before.talker), told);
  return `${told.length} of ${count} told and ${said.length} of ${told.length} echoed arrived`;
}

/** Who has another key comes to nothing, and nothing he says is heard. */
async function refuse(peer: TalkingPeer, { ours, talker, pending }: Line): Promise<void> {
  if (peer.role === 'client') {
    talker.say('said');
    assert.equal((await ours.next('failed')).reason, 'wrong key');
  } else {
    // A server that cannot read our Finished may be silent, as if it had been changed on its way:
    // we have said it again, and there is still nothing.
    await until('our last flight is repeated', () =>
      (pending?.handshake?.isWriting && pending.handshake.retransmissions > 0) || undefined);
  }
  assert.deepEqual([ours.heard, talker.heard()], [[], []]);
  assert.ok(ours.events.every(({ kind }) => kind !== 'established'));
}

/** Our client goes on with the session that it had at this server. */
export async function resumptionAt(server: TalkingPeer): Promise<void> {
  await withLine(server, {}, async (line) => {
    const { ours, proxy, how } = line;
    const { association: first } = await ours.next('established');
    ours.layer.end(first);
    ours.connect(proxy.port, how);
    const { association, isResumed } = await ours.next('established', 1);
    assert.ok(isResumed);
    await exchange(server, line, association, 1);
  });
}
