// Who plays which fleet: what the file says of drivers, what the command line says in its place,
// and what does not go together.

import type { DriverName } from './model.ts';
import { has } from './names.ts';
import type { FleetFile, ScenarioFile } from './schema.ts';

/** A driver that plays simulated devices. */
export type SimulatingDriver = Exclude<DriverName, 'external'>;

export interface DriverMistake {
  /** The path of the value in the file. */
  readonly at: readonly (string | number)[];
  readonly what: string;
}

/** Each has a socket in this process. */
const DEVICES_MAX = 10_000;
/** What is ours to say of a real device. */
const OF_REAL = ['driver', 'endpoint', 'lifetime', 'queueMode'];

/** `instead` is the driver of all simulated devices, whatever the file says. */
export function driverOf(
  fleet: FleetFile, file: ScenarioFile, instead: SimulatingDriver | undefined,
): DriverName {
  const said = fleet.driver ?? file.driver;
  return said === 'external' ? said : instead ?? said;
}

/** `written` has the keys of each fleet as they are in the file. */
export function driverMistakes(
  file: ScenarioFile, instead: SimulatingDriver | undefined,
  written: Readonly<Record<string, object>>,
): DriverMistake[] {
  const fleets = Object.entries(file.fleets).map(([name, fleet]) => (
    { name, fleet, driver: driverOf(fleet, file, instead) }
  ));
  const real = fleets.filter(({ driver }) => driver === 'external');
  return [
    ...fleets.filter(({ driver, fleet }) => driver !== 'external' && fleet.endpoint !== undefined)
      .map(({ name }) => ({
        at: ['fleets', name, 'endpoint'],
        what: 'only an external device has a name of its own (write driver: external)',
      })),
    ...real.flatMap(({ name, fleet }) => [
      ...nameless(name, fleet), ...foreignKeys(name, written[name] ?? {}),
      ...sharedEndpoint(name, fleet, file),
    ]),
    ...impossibleActions(file, real.map(({ name }) => name)), ...mixed(fleets), ...tooMany(fleets),
  ];
}

function nameless(name: string, { endpoint }: FleetFile): DriverMistake[] {
  if (endpoint !== undefined) return [];
  const what = 'an external device is known by its endpoint (write endpoint: my-nrf91)';
  return [{ at: ['fleets', name], what }];
}

function foreignKeys(name: string, fleet: object): DriverMistake[] {
  return Object.keys(fleet).filter((key) => !OF_REAL.includes(key)).map((key) => ({
    at: ['fleets', name, key],
    what: `an external device is real and has ${key} of its own (leave it out)`,
  }));
}

/** Two devices that say the same name are one to the server. */
function sharedEndpoint(
  name: string, { endpoint = '' }: FleetFile, { fleets }: ScenarioFile,
): DriverMistake[] {
  const others = Object.entries(fleets).filter(([other]) => other !== name);
  const owner = others.find(([other, { endpoint: own, count, numbers }]) => {
    if (own !== undefined) return own === endpoint;
    const number = endpoint.startsWith(`${other}-`) ? endpoint.slice(other.length + 1) : '';
    return /^\d+$/.test(number) && has({ count, numbers }, Number(number));
  });
  if (owner === undefined) return [];
  const what = `"${endpoint}" is the name of a device of ${owner[0]} too`;
  return [{ at: ['fleets', name, 'endpoint'], what }];
}

function impossibleActions(
  { timeline }: ScenarioFile, real: readonly string[],
): DriverMistake[] {
  return timeline.flatMap((entry, index) => entry.flatMap(({ action }) => {
    if (!('devices' in action) || !real.includes(action.devices.fleet)) return [];
    if (action.kind === 'read') return [];
    const what = `${action.devices.fleet} is a real device, from which one can only read`;
    return [{ at: ['timeline', index], what }];
  }));
}

function mixed(
  fleets: readonly { readonly name: string; readonly driver: DriverName }[],
): DriverMistake[] {
  const virtual = fleets.find(({ driver }) => driver === 'world');
  const real = fleets.find(({ driver }) => driver !== 'world');
  if (virtual === undefined || real === undefined) return [];
  return [{
    at: ['fleets', virtual.name],
    what: `${virtual.name} are in virtual time and ${real.name} in real time, which do not mix `
      + `(give ${virtual.name} driver: udp)`,
  }];
}

function tooMany(
  fleets: readonly { readonly fleet: FleetFile; readonly driver: DriverName }[],
): DriverMistake[] {
  const count = fleets.filter(({ driver }) => driver === 'udp')
    .reduce((sum, { fleet }) => sum + fleet.count, 0);
  if (count <= DEVICES_MAX) return [];
  const what = `${count} devices over sockets are too many for one process (use ${DEVICES_MAX})`;
  return [{ at: ['fleets'], what }];
}
