// Which device is alone at an IP address, by the registrations. Where several are, behind a NAT or
// a gateway, the address alone says nothing. A count and a sum of ids do for 100,000 devices what
// a set for each address would do in ten times the memory.

interface Devices {
  count: number;
  /** The sum of their ids: with one device it is that device's. */
  ids: number;
}

export class Hosts {
  readonly #byHost = new Map<string, Devices>();

  add(host: string, device: number): void {
    const there = this.#byHost.get(host);
    if (there === undefined) {
      this.#byHost.set(host, { count: 1, ids: device });
      return;
    }
    there.count++;
    there.ids += device;
  }

  /** Only what was added. */
  remove(host: string, device: number): void {
    const there = this.#byHost.get(host);
    if (there === undefined) return;
    there.count--;
    there.ids -= device;
    if (there.count === 0) this.#byHost.delete(host);
  }

  /** The one device that is registered from there; undefined for none or several. */
  aloneAt(host: string): number | undefined {
    const there = this.#byHost.get(host);
    return there?.count === 1 ? there.ids : undefined;
  }
}
