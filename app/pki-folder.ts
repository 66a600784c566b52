// A folder of certificates: an authority, a server and devices, each as NAME.pem, NAME.der,
// NAME.key.pem and NAME.key.der. Everything is readable by its owner alone.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCertificate } from '../core/io/certificate.ts';
import { writeDurably } from '../core/io/durable-file.ts';
import { reasonOf, usableFolder } from '../core/io/folder.ts';
import { readKey, writeKey } from '../core/io/key-file.ts';
import { derOf, pemOf } from '../core/io/pem.ts';
import type { CertificateFacts, KeyPair } from '../core/ports.ts';
import { UsageError } from './usage-error.ts';

export const AUTHORITY = 'ca';
export const SERVER = 'server';
const DEVICES = 'devices';
const OWNER_ONLY = 0o700;

/** Who has a key, and the certificate of it. */
export interface Party {
  readonly keys: KeyPair;
  readonly certificate: Uint8Array;
}

export class PkiFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Where the files of an endpoint are: no two endpoints share them, whatever their names. */
  static device(endpoint: string): string {
    return join(DEVICES, encodeURIComponent(endpoint));
  }

  has(name: string): boolean {
    return this.#files(name).some((file) => existsSync(file));
  }

  /** Throws a UsageError when it is not there, or is none of ours. */
  read(name: string, hint: string): Party {
    const file = this.#file(name, 'pem');
    if (!existsSync(file)) throw new UsageError(`"${file}" is not there: ${hint}`);
    const [certificate] = derOf(readFileSync(file), 'CERTIFICATE');
    const read = certificate && readCertificate(certificate);
    if (certificate === undefined || read?.ok !== true) {
      throw new UsageError(`"${file}" is no certificate that can be used`);
    }
    const keyFile = this.#file(name, 'key.pem');
    const keys = existsSync(keyFile) ? readKey(readFileSync(keyFile)) : undefined;
    if (keys?.ok !== true) {
      throw new UsageError(`"${keyFile}" ${keys === undefined ? 'is not there' : keys.reason}`);
    }
    const { point } = read.value;
    if (point === undefined || !Buffer.from(point).equals(keys.value.publicKey)) {
      throw new UsageError(`"${keyFile}" is not the key of "${file}"`);
    }
    return { keys: keys.value, certificate };
  }

  /** The key first: who reads between the two finds an old certificate, and that they differ. */
  async write(name: string, { keys, certificate }: Party): Promise<void> {
    const key = writeKey(keys);
    const encoder = new TextEncoder();
    const contents = [
      encoder.encode(key.pem), key.der, certificate,
      encoder.encode(pemOf(certificate, 'CERTIFICATE')),
    ];
    this.#make(name);
    for (const [index, file] of this.#files(name).entries()) {
      try {
        await writeDurably(file, contents[index] as Uint8Array);
      } catch (error) {
        throw new UsageError(`"${file}" cannot be written: ${reasonOf(error)}`);
      }
    }
  }

  /** How a person finds it. */
  pemOf(name: string): string {
    return this.#file(name, 'pem');
  }

  #make(name: string): void {
    const folder = name.startsWith(DEVICES) ? join(this.path, DEVICES) : this.path;
    const usable = usableFolder(folder, OWNER_ONLY);
    if (!usable.ok) throw new UsageError(`the folder "${folder}" cannot be used: ${usable.reason}`);
  }

  #files(name: string): string[] {
    return ['key.pem', 'key.der', 'der', 'pem'].map((extension) => this.#file(name, extension));
  }

  #file(name: string, extension: string): string {
    return join(this.path, `${name}.${extension}`);
  }
}

/** What the certificate of one of ours says. */
export function factsOf({ certificate }: Party): Omit<CertificateFacts, 'publicKey'> {
  const read = readCertificate(certificate);
  if (!read.ok) throw new Error(read.reason);
  return read.value.facts;
}
