// libcoap's clients at the server over DTLS: who has the key registers, and nobody else does.

import assert from 'node:assert/strict';
import { run } from '../child.ts';
import { LIFETIME_SECONDS } from '../device.ts';
import type { Report } from '../report.ts';
import type { ServerUnderTest } from '../server.ts';
import { until } from '../until.ts';
import { giveKey } from './program.ts';

const TOOLS = {
  'coap-client-openssl': 'libcoap over OpenSSL', 'coap-client-gnutls': 'libcoap over GnuTLS',
} as const;
const PLAIN_TOOL = 'coap-client-notls';
const REQUEST_MAX_MS = 15_000;
/** How long the tool waits, in seconds. */
const WAIT = '4';
/** The tool takes keys as text. */
const KEY = 'interop-secret-1';
const WRONG_KEY = 'interop-secret-2';

export async function checkLibcoap(
  report: Report, server: ServerUnderTest, data: string,
  missing: (name: string, why: string) => void,
): Promise<void> {
  for (const [tool, name] of Object.entries(TOOLS)) {
    const absent = await absentOf([tool, PLAIN_TOOL]);
    if (absent !== undefined) {
      missing(`${name}, at the server`, `${absent} is not installed`);
      continue;
    }
    const endpoint = `interop-${tool}`;
    await giveKey(data, endpoint, Buffer.from(KEY));
    const secured = (key: string): Promise<string> => register(tool,
      `coaps://127.0.0.1:${server.coapsPort}`, endpoint, ['-u', endpoint, '-k', key]);
    await report.check(name, 'registers at the server with the key it was given', async () => {
      assert.equal(await secured(KEY), '2.01');
      const { registration } = await server.api.device.detail.query({ endpoint });
      assert.equal(registration?.security, 'psk');
      assert.equal(registration.identity, endpoint);
    });
    await report.check(name, 'is refused with a wrong key, and that is shown', async () => {
      assert.equal(await secured(WRONG_KEY), 'nothing');
      await refused(server, endpoint, 'DTLS handshake: wrong key');
    });
    await report.check(name, 'is refused without security (4.03), and that is shown', async () => {
      const plain = `coap://127.0.0.1:${server.coapPort}`;
      assert.equal(await register(PLAIN_TOOL, plain, endpoint, []), '4.03');
      await refused(server, endpoint, 'it has credentials and came without security');
    });
  }
}

async function absentOf(tools: readonly string[]): Promise<string | undefined> {
  for (const tool of tools) {
    if (!await run(tool, ['-h'], REQUEST_MAX_MS)) return tool;
  }
  return undefined;
}

/** The code of the answer to a Register, as the tool's debug lines say it. */
async function register(
  tool: string, server: string, endpoint: string, words: readonly string[],
): Promise<string> {
  const done = await run(tool, [
    '-v', '6', '-B', WAIT, ...words, '-m', 'post', '-t', '40', '-e', '</>;rt="oma.lwm2m",</3/0>',
    `${server}/rd?ep=${endpoint}&lt=${LIFETIME_SECONDS}&lwm2m=1.1&b=U`,
  ], REQUEST_MAX_MS);
  return [...(done?.output ?? '').matchAll(/ c:([245]\.\d\d) i:/g)].at(-1)?.[1] ?? 'nothing';
}

/** What the page Refused lists. */
async function refused(
  { api }: ServerUnderTest, endpoint: string, reason: string,
): Promise<void> {
  let last: unknown;
  await until(`"${reason}" of ${endpoint} is shown`, async () => {
    const refusals = await api.fleet.refusals.query();
    last = refusals;
    return refusals.find((one) => one.endpoint === endpoint && one.reason === reason);
  }, () => JSON.stringify(last));
}
