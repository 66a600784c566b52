// The reference Java LwM2M client as a device: built by Maven from interop/java, run as a
// program of its own. Its answers are TLV.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { run } from './child.ts';
import { LIFETIME_SECONDS, lineDevice, type Peer } from './device.ts';

const BUILD_MAX_MS = 300_000;
const BUILT = 'dist/interop/java';

export const javaClient: Peer = {
  name: 'Java reference client 2.0.0-M18',
  endpoint: 'interop-java',
  async prepare(site) {
    const parameters = await buildJava('InteropDevice');
    return typeof parameters === 'string' ? parameters
      : lineDevice(site, 'java', parameters, LIFETIME_SECONDS);
  },
};

let building: Promise<{ readonly classpath: string } | string> | undefined;

/** What `java` is given ahead of a program's own words; the text says why there is nothing. */
export async function buildJava(program: string): Promise<readonly string[] | string> {
  building ??= build();
  const built = await building;
  return typeof built === 'string' ? built
    : ['-cp', built.classpath, `flownexus.interop.${program}`];
}

async function build(): Promise<{ readonly classpath: string } | string> {
  const built = await run('mvn', ['-q', '-B', '-f', 'interop/java', 'compile'], BUILD_MAX_MS);
  if (!built) return 'mvn is not installed';
  if (built.code !== 0) return `mvn could not build interop/java:\n${built.output.trim()}`;
  const libraries = (await readFile(`${BUILT}/classpath`, 'utf8')).trim();
  return { classpath: `${resolve(BUILT, 'classes')}:${libraries}` };
}
