// Which devices' messages are recorded, and whose a datagram is. While nobody records, `isOn` is
// all that is looked at. A device is recorded wherever it speaks from: whose a datagram was is
// judged before and after it was handled, since a Register or Update may bring a new address.

import type { Milliseconds, Peer, Timer } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { Capture, type Datagram } from './capture.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';

/** Devices recorded at once. */
export const CAPTURES_MAX = 16;
/** Recording goes on for so long after the last one who looked. */
export const CAPTURE_LINGER: Milliseconds = 5 * 60_000;
/** Addresses without a registration that a recording follows: those of refused Registers. */
export const STRAYS_MAX = 64;

/** The datagram that is being handled, and what was answered to it meanwhile. */
interface Handling {
  readonly peer: Peer;
  readonly datagrams: Datagram[];
  readonly captures: Set<Capture>;
}

export class Captures {
  isOn = false;
  readonly #host: Host;
  readonly #byDevice = new Map<number, Capture>();
  /** By peers that no registration holds: who was refused there, or left from there. */
  readonly #strays = new Map<number, Capture>();
  #handling: Handling | undefined;
  #nextId = 1;
  #timer: Timer | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Records the device from now on, or goes on doing so. */
  begin(device: Device): Result<'begun' | 'goes on'> {
    const now = this.#host.clock.now();
    const known = this.#byDevice.get(device.id);
    if (known !== undefined) {
      known.watchedAt = now;
      return ok('goes on');
    }
    if (this.#byDevice.size >= CAPTURES_MAX && !this.#makeRoom(now)) {
      return fail(`messages of ${CAPTURES_MAX} devices are being watched already`);
    }
    this.#byDevice.set(device.id, new Capture(this.#host, device, now));
    this.isOn = true;
    this.#timer ??= this.#schedule(now);
    return ok('begun');
  }

  /** What is recorded of the device; looking at it keeps it going. */
  look(device: Device): Capture | undefined {
    const capture = this.#byDevice.get(device.id);
    if (capture !== undefined) capture.watchedAt = this.#host.clock.now();
    return capture;
  }

  end(device: Device): void {
    const capture = this.#byDevice.get(device.id);
    if (capture === undefined) return;
    this.#byDevice.delete(device.id);
    for (const [peer, one] of this.#strays) if (one === capture) this.#strays.delete(peer);
    this.isOn = this.#byDevice.size > 0;
    if (this.isOn || this.#timer === undefined) return;
    this.#host.clock.cancel(this.#timer);
    this.#timer = undefined;
  }

  // --- datagrams, only while isOn

  received(peer: Peer, bytes: Uint8Array): void {
    const at = this.#host.clock.now();
    const captures = new Set(this.#of(peer));
    this.#handling = { peer, datagrams: [{ at, direction: 'in', peer, bytes }], captures };
  }

  /** What was received is handled; by now it shows whose it was. */
  handled(): void {
    const handling = this.#handling;
    this.#handling = undefined;
    if (handling === undefined) return;
    const { peer, datagrams, captures } = handling;
    for (const capture of this.#of(peer)) captures.add(capture);
    for (const capture of captures) {
      this.#follow(peer, capture);
      for (const datagram of datagrams) this.#record(capture, datagram);
    }
  }

  sent(peer: Peer, bytes: Uint8Array): void {
    const datagram: Datagram = { at: this.#host.clock.now(), direction: 'out', peer, bytes };
    if (this.#handling?.peer === peer) this.#handling.datagrams.push(datagram);
    else for (const capture of this.#of(peer)) this.#record(capture, datagram);
  }

  /** What is being handled came, as it says, from this endpoint. */
  claim(endpoint: string): void {
    const device = this.#handling && this.#host.devices.get(endpoint);
    const capture = device && this.#byDevice.get(device.id);
    if (capture !== undefined) this.#handling?.captures.add(capture);
  }

  #record(capture: Capture, datagram: Datagram): void {
    // It may have ended by what was handled, as by forgetting the device.
    if (this.#byDevice.get(capture.device.id) !== capture) return;
    capture.record(this.#nextId++, datagram);
  }

  #of(peer: Peer): readonly Capture[] {
    const devices = this.#host.byPeer.get(peer.id);
    if (devices === undefined) {
      const stray = this.#strays.get(peer.id);
      return stray === undefined ? [] : [stray];
    }
    return devices.flatMap(({ id }) => this.#byDevice.get(id) ?? []);
  }

  /** The answer to a De-register leaves when the registration no longer holds its peer. */
  #follow(peer: Peer, capture: Capture): void {
    this.#strays.delete(peer.id);
    this.#strays.set(peer.id, capture);
    if (this.#strays.size <= STRAYS_MAX) return;
    for (const oldest of this.#strays.keys()) {
      this.#strays.delete(oldest);
      return;
    }
  }

  // --- endings

  /** The one that nobody has looked at for longest makes room, if nobody looks now. */
  #makeRoom(now: Milliseconds): boolean {
    const [longest] = [...this.#byDevice.values()].sort((a, b) => a.watchedAt - b.watchedAt);
    if (longest === undefined || now - longest.watchedAt < WATCHED_WITHIN) return false;
    this.end(longest.device);
    return true;
  }

  #schedule(now: Milliseconds): Timer {
    return this.#host.clock.schedule(now + CAPTURE_LINGER, { onDue: (due) => this.#onDue(due) });
  }

  #onDue(now: Milliseconds): void {
    this.#timer = undefined;
    let next = Infinity;
    for (const { device, watchedAt } of this.#byDevice.values()) {
      if (now - watchedAt >= CAPTURE_LINGER) this.end(device);
      else next = Math.min(next, watchedAt);
    }
    if (this.isOn) this.#timer = this.#schedule(next);
  }
}

/** Who shows a recording looks several times a second. */
const WATCHED_WITHIN: Milliseconds = 10_000;
