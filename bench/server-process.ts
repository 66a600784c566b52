// The production server on a fresh data folder, with limits that let one machine be the fleet.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIG } from '../actors/config.ts';
import { startServer } from '../app/server.ts';
import { reportOnDemand } from './server-report.ts';

const data = mkdtempSync(join(tmpdir(), 'flownexus-bench-'));
const anyPort = { host: '127.0.0.1', port: 0 };
const DEVICES = 10_000_000;
const limits = { ...DEFAULT_CONFIG.limits, devicesMax: DEVICES, devicesPerSourceMax: DEVICES };
const server = await startServer({
  http: anyPort, coap: [anyPort], coaps: [], data, dtlsFiles: undefined, allowsCbc: false,
    secretsKeyFile: join(data, 'secret.key'),
  demo: 0, tls: undefined, allowPlainHttp: false,
  compatHttp: undefined, syslog: undefined, logRetention: 86_400_000,
  models: undefined, retention: undefined, logLevel: 'warn', server: { ...DEFAULT_CONFIG, limits },
});
reportOnDemand(() => server.counters().valuesStored, async () => {
  await server.stop();
  rmSync(data, { recursive: true });
});
process.send?.({ port: Number(new URL(server.coap[0] as string).port) });
