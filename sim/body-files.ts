// The BodyFiles port in virtual time: sealed bodies are on the world's disk and outlive a crash of
// the server, drafts are of one life of it. To seal takes as long as a slow group of the store.

import { Body, BODY_BYTES_MAX } from '../core/coap/body.ts';
import { NO_BYTES } from '../core/coap/message.ts';
import type { BodyFiles, Clock, StoredBody } from '../core/ports.ts';
import type { Disk } from './store.ts';

export class SimulatedBodies implements BodyFiles {
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #drafts = new Map<string, Body>();

  constructor(clock: Clock, disk: Disk) {
    this.#clock = clock;
    this.#disk = disk;
  }

  load(): StoredBody[] {
    return Array.from(this.#disk.bodies, ([name, { bytes, at }]) => (
      { name, length: bytes.length, at }));
  }

  append(name: string, bytes: Uint8Array): string | undefined {
    const draft = this.#drafts.get(name) ?? new Body(BODY_BYTES_MAX);
    this.#drafts.set(name, draft);
    return draft.append(bytes);
  }

  clear(name: string): void {
    this.#drafts.delete(name);
  }

  seal(name: string, done: (refusal: string | undefined) => void): void {
    const { bodies, commitDelay } = this.#disk;
    const onDue = (): void => {
      const at = this.#clock.now();
      const bytes = this.#drafts.get(name)?.bytes();
      this.#drafts.delete(name);
      if (bytes !== undefined) bodies.set(name, { bytes, at });
      done(bytes === undefined ? 'cannot be kept: it was removed' : undefined);
    };
    this.append(name, NO_BYTES);
    this.#clock.schedule(this.#clock.now() + commitDelay.most, { onDue });
  }

  read(name: string, start: number, end: number): Uint8Array | undefined {
    return this.#disk.bodies.get(name)?.bytes.subarray(start, end);
  }

  remove(name: string): void {
    this.#drafts.delete(name);
    this.#disk.bodies.delete(name);
  }
}
