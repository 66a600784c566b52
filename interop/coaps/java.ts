// The Java client at the server over DTLS, by each kind of proof: it shakes hands once, whatever
// becomes of the server and of its own address (RFC 9146).

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIFETIME_SECONDS, type Device } from '../device.ts';
import { javaClient } from '../java-client.ts';
import { LossyProxy, NO_LOSS } from '../lossy-proxy.ts';
import type { Report } from '../report.ts';
import type { ServerUnderTest } from '../server.ts';
import { readOnDemand } from '../story.ts';
import { SECURITIES, type Kind } from './program.ts';

const KINDS = Object.keys(SECURITIES) as Kind[];

interface Stage {
  readonly kind: Kind;
  readonly name: string;
  readonly endpoint: string;
  readonly device: Device;
  /** Between it and the server. */
  readonly proxy: LossyProxy;
}

export async function checkJava(
  report: Report, server: ServerUnderTest, data: string, folder: string,
  missing: (name: string, why: string) => void,
): Promise<void> {
  const stages: Stage[] = [];
  try {
    for (const kind of KINDS) {
      const stage = await stageOf(kind, server, data, folder);
      if (typeof stage === 'string') return missing('Java client, at the server', stage);
      stages.push(stage);
    }
    // A kind that does not get in has no more to show.
    const inside: Stage[] = [];
    for (const stage of stages) {
      const held = await report.check(stage.name, 'registers at the server, and is read',
        () => registers(stage, server));
      if (held) inside.push(stage);
    }
    await server.killAndRestart();
    for (const stage of inside) {
      await report.check(stage.name, 'after the server was killed and started again, its next '
        + 'Update counts from another port, without another handshake', () => moves(stage, server));
    }
  } finally {
    for (const { device, proxy } of stages) {
      await device.stop();
      proxy.close();
    }
  }
}

async function stageOf(
  kind: Kind, server: ServerUnderTest, data: string, folder: string,
): Promise<Stage | string> {
  const endpoint = `interop-java-${kind}`;
  const own = join(folder, endpoint);
  await mkdir(own);
  const security = await SECURITIES[kind](data, endpoint);
  const proxy = await LossyProxy.to(server.coapsPort, NO_LOSS);
  const device = await javaClient.prepare({
    host: '127.0.0.1', port: proxy.port, endpoint, folder: own, security,
  });
  if (typeof device === 'string') {
    proxy.close();
    return device;
  }
  return { kind, name: `Java client, ${kind}`, endpoint, device, proxy };
}

async function registers(
  { kind, endpoint, device, proxy }: Stage, { api }: ServerUnderTest,
): Promise<void> {
  await device.register();
  const { registration } = await api.device.detail.query({ endpoint });
  assert.equal(registration?.lifetime, LIFETIME_SECONDS);
  assert.equal(registration.security, kind);
  await readOnDemand(api, endpoint);
  assert.ok(proxy.handshakes > 0);
}

async function moves(
  { endpoint, device, proxy }: Stage, { api }: ServerUnderTest,
): Promise<void> {
  const { registration: before } = await api.device.detail.query({ endpoint });
  const { handshakes } = proxy;
  await proxy.move();
  await device.update();
  const { registration: after } = await api.device.detail.query({ endpoint });
  assert.equal(after?.id, before?.id);
  assert.notEqual(after?.port, before?.port);
  // What the server asks finds it there.
  await readOnDemand(api, endpoint);
  assert.equal(proxy.handshakes, handshakes);
}
