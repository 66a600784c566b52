// What the check asks of a device, whoever wrote it, and the facts every device of the check
// reports. Each peer speaks through its own implementation of CoAP; nothing of ours is in it.

import { Child } from './child.ts';

/** The facts all peers hold, so that one list of checks serves all of them. */
export const FACTS = {
  manufacturer: 'Interop Ltd',
  model: 'Thermometer',
  firmwareVersion: '2.0.0',
  batteryPercent: 87,
  /** Two instances of /3/0/7. */
  millivolts: [3800, 5000],
  temperature: 21.5,
} as const;

export const LIFETIME_SECONDS = 300;

export interface Device {
  /** Resolves when the server has answered 2.01. */
  register(): Promise<void>;
  /** Changes /3303/0/5700. */
  setTemperature(celsius: number): Promise<void>;
  /** Resolves with the lifetime in force after the server's 2.04. */
  update(): Promise<number>;
  /** Resolves when the server has answered 2.02. */
  deregister(): Promise<void>;
  stop(): Promise<void>;
}

/** Where a device shall register, and a folder it may write to. */
export interface Site {
  readonly host: string;
  readonly port: number;
  readonly endpoint: string;
  readonly folder: string;
  /**
   * For coaps, how it proves who it is, in hexadecimal digits: `psk` with its identity and key,
   * `rpk` or `x509` with what resources 3, 5 and 4 of its Security object have.
   */
  readonly security?: readonly string[];
}

/** How to get a device of this peer; the text says why it cannot be had on this machine. */
export interface Peer {
  readonly name: string;
  readonly endpoint: string;
  /** After the restart: it is observed anew then, and may say once more what it has said. */
  readonly shakesHandsAnew?: true;
  prepare(site: Site): Promise<Device | string>;
}

/** A device that is a program of its own, driven by lines and telling events. */
export function lineDevice(
  site: Site, command: string, parameters: readonly string[], updatedLifetime: number,
): Device {
  let child: Child | undefined;
  const running = (): Child => {
    if (!child) throw new Error(`${site.endpoint} was not started`);
    return child;
  };
  return {
    async register() {
      const { host, port, endpoint, folder, security } = site;
      const uri = `${security ? 'coaps' : 'coap'}://${host}:${port}`;
      child = new Child(endpoint, command,
        [...parameters, uri, endpoint, String(LIFETIME_SECONDS), ...security ?? []],
        { cwd: folder });
      await child.next('registered');
    },
    async setTemperature(celsius) {
      running().say(`set temperature ${celsius}`);
    },
    async update() {
      running().say('update');
      await running().next('updated');
      return updatedLifetime;
    },
    async deregister() {
      running().say('deregister');
      await running().next('deregistered');
    },
    async stop() {
      await child?.stop();
    },
  };
}
