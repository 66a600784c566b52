// `flownexus models check`: whether files are object definitions that a server takes, without one.

import type { Command } from 'commander';
import { ddfSentence } from '../core/io/ddf.ts';
import { readModels } from '../core/io/model-folder.ts';
import { UsageError } from './usage-error.ts';

export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('object definitions (DDF files)');
  models.command('check')
    .description('say what files define, or what is wrong with each')
    .argument('<file...>')
    .exitOverride()
    .action(check);
}

async function check(files: readonly string[]): Promise<void> {
  const wrong: string[] = [];
  for (const file of files) {
    const read = await readModels(file);
    if (!read.ok) wrong.push(ddfSentence(file, read.reason));
    for (const { id, version, name, resources: { size } } of read.ok ? read.value : []) {
      console.log(`${file} ${id} ${version} ${name}, ${size} resource${size === 1 ? '' : 's'}`);
    }
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n'));
}
