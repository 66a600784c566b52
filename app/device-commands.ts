// `flownexus device`: simulated devices over real sockets, against any server; and
// `flownexus device-forget`, which removes a device and all that is stored of it.

import type { Command, Option } from 'commander';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import type { SimulatedDevice } from '../sim/device.ts';
import { UdpDevices } from '../sim/drivers/udp.ts';
import { parseServer } from './address.ts';
import { fileDevice } from './demo-devices.ts';
import { countOf } from './settings.ts';
import { UsageError } from './usage-error.ts';
import { existingDataOf, withServerOr } from './user-commands.ts';

const DEVICES_MAX = 10_000;
const TELL_EVERY_MS = 3000;

export function addDeviceCommand(program: Command): void {
  program.command('device')
    .description('run simulated devices against a server')
    .requiredOption('--server <uri>', 'like coap://127.0.0.1:5683')
    .requiredOption('--endpoint <name>', 'endpoint name; numbered when there are several')
    .option('--count <n>', 'how many', '1')
    .exitOverride()
    .action(async (options: { server: string; endpoint: string; count: string }) => {
      const count = countOf(options.count, '--count', DEVICES_MAX, 1);
      const devices = new UdpDevices(await parseServer(options.server, '--server'));
      const started: SimulatedDevice[] = [];
      for (let index = 0; index < count; index++) {
        const endpoint = count === 1 ? options.endpoint : `${options.endpoint}-${index + 1}`;
        started.push(await devices.start({ ...fileDevice(index), endpoint }));
      }
      console.error(`${count} ${count === 1 ? 'device runs' : 'devices run'}; Ctrl-C ends them.`);
      tellRegistered(started, options.server);
    });
}

export function addDeviceForgetCommand(program: Command, data: Option): void {
  const command = program.command('device-forget')
    .description('remove a device and all that is stored of it')
    .argument('<endpoint>').addOption(data).exitOverride();
  command.action(async (endpoint: string) => {
    await withServerOr(existingDataOf(command),
      async (server) => server.device.forget.mutate({ endpoint }),
      async (database) => {
        const store = new DuckDbStore(database);
        const found = store.load().devices.find((device) => device.endpoint === endpoint);
        if (found === undefined) throw new UsageError(`no device is called ${endpoint}`);
        store.commit([{ table: 'device forgotten', id: found.id }]);
        await store.flushed();
      });
    console.log(`${endpoint} is forgotten.`);
  });
}

/** Says how many the server has taken, whenever that changes. */
function tellRegistered(devices: readonly SimulatedDevice[], server: string): void {
  let told = -1;
  setInterval(() => {
    const registered = devices.filter(({ location }) => location !== undefined).length;
    if (registered === told) return;
    told = registered;
    const hint = registered > 0 ? '' : `; does ${server} listen, and does it take them?`;
    console.error(`${registered} of ${devices.length} registered${hint}`);
  }, TELL_EVERY_MS);
}
