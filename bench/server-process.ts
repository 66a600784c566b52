// The production server on a fresh data folder, with limits that let one machine be the fleet.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../actors/config.ts';
import { withBook } from '../app/credential-book.ts';
import { startServer } from '../app/server.ts';
import { PEERS, SECURED } from './load.ts';
import { KEY } from './load-security.ts';
import { reportOnDemand } from './server-report.ts';

const data = mkdtempSync(join(tmpdir(), 'flownexus-bench-'));
const anyPort = { host: '127.0.0.1', port: 0 };
const DEVICES = 10_000_000;
const limits = { ...DEFAULT_CONFIG.limits, devicesMax: DEVICES, devicesPerSourceMax: DEVICES };
const nobodyRuns = (): Promise<never> => Promise.reject(new Error('the folder is new'));
await withBook({ data, secretsKeyFile: undefined }, nobodyRuns, (book) => {
  for (let index = 0; index < PEERS; index++) {
    const identity = `${SECURED}-${index}`;
    book.add({ kind: 'psk', identity, endpoint: identity, key: KEY });
  }
});
const server = await startServer({
  http: anyPort, coap: [anyPort], coaps: [anyPort], data, dtlsFiles: undefined, allowsCbc: false,
  secretsKeyFile: join(data, 'secret.key'),
  demo: 0, tls: undefined, allowPlainHttp: false,
  compatHttp: undefined, syslog: undefined, logRetention: 86_400_000,
  models: undefined, retention: undefined, logLevel: 'warn', server: { ...DEFAULT_CONFIG, limits },
});
reportOnDemand(() => server.counters().valuesStored, async () => {
  await server.stop();
  rmSync(data, { recursive: true });
});
const [port, securedPort] = server.coap.map((uri) => Number(new URL(uri).port));
process.send?.({ port, securedPort });
