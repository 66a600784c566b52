// `flownexus device`: simulated devices over real sockets, against any server; and
// `flownexus device-forget`, which removes a device and all that is stored of it.

import type { Command, Option } from 'commander';
import { DuckDbStore } from '../core/store/duckdb-store.ts';
import { newPsk } from '../core/api/credential-input.ts';
import type { SimulatedDevice } from '../sim/device.ts';
import { UdpDevices } from '../sim/drivers/udp.ts';
import type { SecurityOptions } from '../sim/security.ts';
import { parseServer } from './address.ts';
import { fileDevice } from './demo-devices.ts';
import { checked, keyGiven } from './given-key.ts';
import { setbackText } from './setback-text.ts';
import { countOf } from './settings.ts';
import { UsageError } from './usage-error.ts';
import { existingDataOf, withServerOr } from './user-commands.ts';

type Psk = SecurityOptions & { readonly kind: 'psk' };

const DEVICES_MAX = 10_000;
const TELL_EVERY_MS = 3000;

export function addDeviceCommand(program: Command): void {
  program.command('device')
    .description('run simulated devices against a server')
    .requiredOption('--server <uri>', 'like coap://127.0.0.1:5683 or coaps://127.0.0.1')
    .requiredOption('--endpoint <name>', 'endpoint name; numbered when there are several')
    .option('--count <n>', 'how many', '1')
    .option('--key-file <file>', 'for coaps:// its PSK in hexadecimal digits; - is standard input')
    .option('--identity <id>', 'PSK identity, if it is not the endpoint')
    .exitOverride()
    .action(async (options: DeviceFlags) => {
      const count = countOf(options.count, '--count', DEVICES_MAX, 1);
      const { scheme, ...address } = await parseServer(options.server, '--server');
      const security = scheme === 'coaps' ? pskOf(options, count) : withoutPsk(options);
      const devices = new UdpDevices(address);
      const started: SimulatedDevice[] = [];
      for (let index = 0; index < count; index++) {
        const endpoint = count === 1 ? options.endpoint : `${options.endpoint}-${index + 1}`;
        started.push(await devices.start({ ...fileDevice(index), endpoint, security }));
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

interface DeviceFlags {
  readonly server: string;
  readonly endpoint: string;
  readonly count: string;
  readonly keyFile?: string;
  readonly identity?: string;
}

function pskOf({ endpoint, keyFile, identity = endpoint }: DeviceFlags, count: number): Psk {
  if (count > 1) throw new UsageError('--count: a key is that of one device');
  if (keyFile === undefined) {
    throw new UsageError('coaps:// wants the key that "flownexus credential add" says: --key-file');
  }
  const { key } = checked(newPsk, { kind: 'psk', identity, key: keyGiven(keyFile) });
  return { kind: 'psk', identity, key };
}

function withoutPsk({ keyFile, identity }: DeviceFlags): undefined {
  if ((keyFile ?? identity) === undefined) return undefined;
  throw new UsageError('--key-file and --identity are for a server at coaps://');
}

/** Says how many the server has taken and what the first other one met, whenever that changes. */
function tellRegistered(devices: readonly SimulatedDevice[], server: string): void {
  let told = '';
  setInterval(() => {
    const others = devices.filter(({ isRegistered }) => !isRegistered);
    const registered = devices.length - others.length;
    // Of many, those that have met nothing are mostly on their way.
    const other = others.find(({ setback }) => setback !== undefined || registered === 0);
    const name = devices.length === 1 ? '' : `${other?.options.endpoint}: `;
    const hint = other === undefined ? '' : `; ${name}${setbackText(other, server)}`;
    const text = `${registered} of ${devices.length} registered${hint}`;
    if (text !== told) console.error(text);
    told = text;
  }, TELL_EVERY_MS);
}
