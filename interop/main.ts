// `npm run interop`: clients nobody here wrote register at the real server, are read, observed,
// notify, update and de-register, and one is asked for every operation; then the stopped server's
// database is looked into, bodies in blocks go to and fro, others come to the server over DTLS, and
// records of DTLS go to and fro. `npm run interop -- coaps` and `-- dtls` check the last two alone;
// with --write the matrix of the last is written into docs/.
// Prints one line per check. A peer this machine cannot get is skipped, or with --require-all or
// CI=true a failure.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBlocks } from './blockwise.ts';
import { coapPackage } from './coap-package.ts';
import { checkCoaps } from './coaps.ts';
import type { Peer } from './device.ts';
import { checkDtls, ROWS } from './dtls.ts';
import { DTLS_PAGE, dtlsPage } from './dtls/page.ts';
import { javaClient } from './java-client.ts';
import { libcoap } from './libcoap.ts';
import { checkOperations } from './operations/real.ts';
import { Report } from './report.ts';
import { startServer, type ServerUnderTest } from './server.ts';
import { checkStored } from './stored.ts';
import { tell } from './story.ts';

/** Parts that can be checked alone. */
const PARTS = ['coaps', 'dtls'];
const WORDS = [...PARTS, '--write', '--require-all'];

const PEERS: readonly Peer[] = [coapPackage, libcoap, javaClient];

async function main(): Promise<number> {
  const unknown = process.argv.slice(2).filter((word) => !WORDS.includes(word));
  if (unknown.length > 0) {
    console.error(`"${unknown[0]}" is unknown; there are ${WORDS.join(', ')}`);
    return 2;
  }
  const mayMiss = !process.argv.includes('--require-all') && process.env['CI'] !== 'true';
  const report = new Report();
  const folder = await mkdtemp(join(tmpdir(), 'flownexus-interop-'));
  try {
    const data = join(folder, 'data');
    const missing: Missing = (name, why) => {
      if (mayMiss) report.skip(name, why);
      else report.fail(name, 'is here', why);
    };
    const wished = PARTS.filter((part) => process.argv.includes(part));
    if (wished.length === 0) {
      const lived = await liveThrough(report, await startServer(data), folder, missing);
      await checkStored(report, data, lived);
      await checkBlocks(report, folder, missing);
    }
    if (wished.length === 0 || wished.includes('coaps')) await checkCoaps(report, folder, missing);
    if (wished.length === 0 || wished.includes('dtls')) await checkDtls(report, missing);
    if (process.argv.includes('--write')) {
      if (report.isWhole) await writeFile(DTLS_PAGE, dtlsPage(ROWS));
      else console.error(`${DTLS_PAGE} is as it was: it says only what was seen`);
    }
  } catch (error) {
    report.fail('the check itself', 'runs to its end', (error as Error).message);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return report.end();
}

type Missing = (name: string, why: string) => void;

/**
 * Every peer's story, one after another, and every operation; gives the peers that came to the end
 * of theirs.
 */
async function liveThrough(
  report: Report, server: ServerUnderTest, folder: string, missing: Missing,
): Promise<Peer[]> {
  const lived: Peer[] = [];
  try {
    for (const peer of PEERS) {
      const own = join(folder, peer.endpoint);
      await mkdir(own);
      const device = await peer.prepare({
        host: '127.0.0.1', port: server.coapPort, endpoint: peer.endpoint, folder: own,
      });
      if (typeof device !== 'string') {
        if (await tell(report, peer, device, server)) lived.push(peer);
      } else missing(peer.name, device);
    }
    await checkOperations(report, server, folder, missing);
  } finally {
    await server.stop();
  }
  return lived;
}

// What was said in blocks is remembered for minutes, which nobody waits for.
process.exit(await main());
