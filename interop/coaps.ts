// Clients nobody here wrote at the server as people run it, over DTLS, with keys and certificates
// made by its own commands. What each stack can do of DTLS is checked in dtls.ts.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { coapPackageSecured } from './coap-package.ts';
import { checkJava } from './coaps/java.ts';
import { checkLibcoap } from './coaps/libcoap.ts';
import { certifiedServer, SECURITIES } from './coaps/program.ts';
import type { Peer } from './device.ts';
import type { Report } from './report.ts';
import { startServer } from './server.ts';
import { checkStored } from './stored.ts';
import { tell } from './story.ts';

export async function checkCoaps(
  report: Report, folder: string, missing: (name: string, why: string) => void,
): Promise<void> {
  const data = join(folder, 'secured');
  const server = await startServer(data, await certifiedServer(data));
  const lived: Peer[] = [];
  try {
    await checkLibcoap(report, server, data, missing);
    const { endpoint } = coapPackageSecured;
    const own = join(folder, endpoint);
    await mkdir(own);
    const device = await coapPackageSecured.prepare({
      host: '127.0.0.1', port: server.coapsPort, endpoint, folder: own,
      security: await SECURITIES.psk(data, endpoint),
    });
    assert(typeof device !== 'string', 'it needs nothing that may be missing');
    if (await tell(report, coapPackageSecured, device, server)) lived.push(coapPackageSecured);
    await checkJava(report, server, data, folder, missing);
  } finally {
    await server.stop();
  }
  await checkStored(report, data, lived);
}
