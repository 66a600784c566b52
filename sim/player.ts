// What a scenario does to its world: fleets that start, actions of the timeline at their times,
// a server that is killed and comes back. All draws come from streams of their own.

import { ServerManagement } from '../actors/management.ts';
import type { Milliseconds, Random } from '../core/ports.ts';
import { unreachable, type Result } from '../core/result.ts';
import type { SimulatedDevice } from './device.ts';
import { deviceOptionsOf, numberOf } from './fleet.ts';
import type { Metrics } from './metrics.ts';
import type { NetworkRules } from './network-rules.ts';
import { isOff } from './off.ts';
import { Overlaid } from './overlaid.ts';
import { deregister } from './registration.ts';
import type { Action, Fleet, Scenario, Selection, TimedAction } from './scenario/model.ts';
import { USUAL_DELAY, type Disk } from './store.ts';
import type { World } from './world.ts';

/** Who asked for the operations of a scenario. */
const BY = 'scenario';
const FACTS = { version: '', startedAt: 0, coap: [], syslog: [], registration: 'open' } as const;

export class Player {
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #metrics: Metrics;
  readonly #start: Milliseconds;
  readonly #fleets = new Map<string, SimulatedDevice[]>();
  /** Of each network that changed. */
  readonly #rules = new Map<string, Overlaid<NetworkRules>>();
  readonly #disk = new Overlaid<Pick<Disk, 'commitDelay'>>({ commitDelay: USUAL_DELAY });

  constructor(world: World, scenario: Scenario, random: Random, metrics: Metrics) {
    this.#world = world;
    this.#scenario = scenario;
    this.#random = random;
    this.#metrics = metrics;
    this.#start = world.clock.now();
  }

  /** Makes the devices and schedules all that will happen. */
  begin(): void {
    // Of what is due at one time the timeline comes first: a fault is there when a device starts.
    for (const timed of this.#scenario.timeline) this.#schedule(timed);
    const { fleets, server: { registration, restart } } = this.#scenario;
    if (restart !== undefined) {
      const repeat = { every: restart.every, until: this.#scenario.duration };
      const action: Action = { kind: 'kill server', down: restart.down };
      this.#schedule({ at: restart.every, repeat, action });
    }
    for (const fleet of fleets) this.#add(fleet);
    if (registration === 'known' && this.#world.isServerUp) this.#provision();
  }

  /** Makes the devices of a fleet; they are switched on when the fleet says. */
  #add(fleet: Fleet): void {
    if (fleet.endpoint !== undefined) {
      this.#metrics.addSlot(fleet.endpoint, fleet.name);
      return;
    }
    for (const [index, device] of this.make(fleet).entries()) {
      const { at, spread } = fleet.start;
      const random = this.#random.fork(`${fleet.name} ${numberOf(fleet, index)}`).fork('start');
      const due = this.#start + at + random.below(Math.floor(spread) + 1);
      this.#world.clock.schedule(due, { onDue: () => device.start() });
    }
  }

  /** The devices of a simulated fleet, all off. */
  make(fleet: Fleet): readonly SimulatedDevice[] {
    const devices: SimulatedDevice[] = [];
    for (let index = 0; index < fleet.count; index++) {
      const random = this.#random.fork(`${fleet.name} ${numberOf(fleet, index)}`);
      const options = deviceOptionsOf(fleet, index, random, this.#start);
      const device = this.#world.addDevice(options, fleet.network);
      this.#metrics.add(device, fleet.name);
      devices.push(device);
    }
    this.#fleets.set(fleet.name, devices);
    return devices;
  }

  /** With `registration: known` the fleets are those that are known. */
  #provision(): void {
    const management = managementOf(this.#world);
    for (const devices of this.#fleets.values()) {
      for (const { options } of devices) management.provision(options.endpoint);
    }
  }

  #schedule({ at, repeat, action }: TimedAction): void {
    if (isOff(action.kind, this.#scenario, this.#world.isServerElsewhere)) return;
    const { clock } = this.#world;
    const act = (now: Milliseconds): void => {
      this.act(action);
      const next = now + (repeat?.every ?? 0);
      if (repeat === undefined || next > this.#start + repeat.until) return;
      clock.schedule(next, { onDue: act });
    };
    clock.schedule(this.#start + at, { onDue: act });
  }

  /** Does it now. */
  act(action: Action): void {
    const now = this.#world.clock.now();
    this.#world.trace.note(now, `action ${action.kind}`);
    // Chance by what is done and when, so that another action changes nothing for this one.
    const stream = `${JSON.stringify(action)} ${now - this.#start}`;
    this.#act(action, now, this.#random.fork(stream));
  }

  #act(action: Action, now: Milliseconds, random: Random): void {
    const { network } = this.#world;
    switch (action.kind) {
      case 'read': return this.#ask(action, random, (management, endpoint) => (
        management.request(endpoint, { kind: 'read', path: action.path }, BY)));
      case 'observe': case 'unobserve':
        return this.#ask(action, random, (management, endpoint) => (
          management.setObserved(endpoint, action.path, action.kind === 'observe')));
      case 'reboot': return this.#each(action.devices, random, (device) => device.reboot());
      case 'stop': return this.#each(action.devices, random, (device) => device.stop());
      case 'start': return this.#each(action.devices, random, (device) => device.start());
      case 'deregister': return this.#each(action.devices, random, deregister);
      case 'update firmware':
        return this.#each(action.devices, random, (one) => one.updateFirmware(action.version));
      case 'rebind': return this.#rebind(action.devices, random);
      case 'kill server': return this.#kill(action.down, random);
      case 'slow disk': return this.#slowDisk(action.commit, action.span);
      case 'partition': return network.partition(action.network, action.share, now + action.span);
      case 'clog': return network.clog(action.network, now + action.span);
      case 'network': return this.#change(action.network, action.rules, action.span);
      case 'drop': case 'duplicate':
        return network[action.kind](action.device, action.direction, action.nth);
      default: return unreachable(action);
    }
  }

  /** An operator wants something of each device. */
  #ask(
    { kind, devices }: { readonly kind: string; readonly devices: Selection }, random: Random,
    ask: (management: ServerManagement, endpoint: string) => Result<unknown>,
  ): void {
    const { trace, clock, network, isServerUp } = this.#world;
    const management = isServerUp ? managementOf(this.#world) : undefined;
    const askOne = (endpoint: string): void => {
      const asked = management && ask(management, endpoint);
      if (asked?.ok === true) return;
      const reason = asked?.reason ?? 'the server is down';
      trace.note(clock.now(), `${kind} of ${endpoint} refused: ${reason}`);
      this.#metrics.wishRefusedAt.push(clock.now() - this.#start);
      network.observers.wishRefused(clock.now(), endpoint);
    };
    const { fleets } = this.#scenario;
    const real = fleets.find(({ name }) => name === devices.fleet)?.endpoint;
    if (real !== undefined) askOne(real);
    else this.#each(devices, random, ({ options }) => askOne(options.endpoint));
  }

  #rebind(selection: Selection, random: Random): void {
    const { network } = this.#world;
    this.#each(selection, random, ({ options }) => {
      const link = network.linkNamed(options.endpoint);
      if (link !== undefined) network.rebind(link);
    });
  }

  #kill(down: Milliseconds, random: Random): void {
    const keepsGroup = random.below(2) === 0;
    if (!this.#world.isServerUp) return;
    this.#world.crashServer(keepsGroup);
    const { clock } = this.#world;
    clock.schedule(clock.now() + down, { onDue: () => this.#world.startServer() });
  }

  #slowDisk(commit: Milliseconds, span: Milliseconds): void {
    const { disk, clock } = this.#world;
    const now = clock.now();
    this.#disk.change({ commitDelay: { least: commit, most: commit } }, now, now + span);
    const apply = (at: Milliseconds) => { disk.commitDelay = this.#disk.at(at).commitDelay; };
    apply(now);
    clock.schedule(now + span, { onDue: apply });
  }

  #change(name: string, changed: Partial<NetworkRules>, span: Milliseconds = Infinity): void {
    const { network, clock } = this.#world;
    const now = clock.now();
    const rules = this.#rules.get(name) ?? new Overlaid(network.rulesOf(name));
    this.#rules.set(name, rules);
    rules.change(changed, now, now + span);
    const apply = (at: Milliseconds) => network.define(name, rules.at(at));
    apply(now);
    if (span < Infinity) clock.schedule(now + span, { onDue: apply });
  }

  /** Those selected, drawn anew at each occurrence. */
  #each(
    { fleet, count }: Selection, random: Random, act: (device: SimulatedDevice) => void,
  ): void {
    const devices = [...this.#fleets.get(fleet) ?? []];
    const chosen = Math.min(count ?? devices.length, devices.length);
    for (let index = 0; index < chosen; index++) {
      const other = count === undefined ? index : index + random.below(devices.length - index);
      const device = devices[other] as SimulatedDevice;
      devices[other] = devices[index] as SimulatedDevice;
      act(device);
    }
  }
}

/** What an operator can do. */
export function managementOf({ server }: World): ServerManagement {
  return new ServerManagement(server.host, FACTS);
}
