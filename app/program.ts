// The command line. Bad input is one sentence and exit code 2; what a command can do is in its
// --help.

import { Command, CommanderError, Option } from 'commander';
import { ApiStartError } from '../core/api/start.ts';
import { DataFolderError } from '../core/io/data-folder.ts';
import { addCompareCommand } from './compare-command.ts';
import { addCredentialCommand } from './credential-commands.ts';
import { addDeviceCommand, addDeviceForgetCommand } from './device-commands.ts';
import { addFuzzCommand } from './fuzz-command.ts';
import { addModelsCommand } from './models-command.ts';
import { addPkiCommand } from './pki-command.ts';
import { addRunCommand } from './run-command.ts';
import { NoResult } from './run-jobs.ts';
import { addServeCommand } from './serve-command.ts';
import { UsageError } from './usage-error.ts';
import { addUserCommand } from './user-commands.ts';
import { VERSION } from './version.ts';

/** Sets the exit code. */
export async function main(): Promise<void> {
  try {
    await programOf().parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function programOf(): Command {
  const program = new Command('flownexus')
    .description('LwM2M device management and its own testbed, entirely on your machine.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });

  const data = new Option('--data <dir>', 'data folder').env('FLOWNEXUS_DATA').default('./data');
  addServeCommand(program, data);
  addRunCommand(program);
  addFuzzCommand(program);
  addCompareCommand(program);
  addDeviceCommand(program);
  addModelsCommand(program);
  addUserCommand(program, data);
  addPkiCommand(program, data);
  addCredentialCommand(program, data);
  addDeviceForgetCommand(program, data);
  return program;
}

/** Says what is wrong, once, and returns the exit code. */
function report(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const isTheirs = error instanceof UsageError || error instanceof DataFolderError
    || error instanceof ApiStartError || error instanceof NoResult;
  if (isTheirs) console.error(error.message);
  else console.error(error);
  return isTheirs ? 2 : 1;
}
