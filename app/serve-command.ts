// `flownexus serve`: the server until it is told to stop.

import { Option, type Command } from 'commander';
import { startServer, type RunningServer } from './server.ts';
import { settingsOf, type Settings } from './settings.ts';
import { UsageError } from './usage-error.ts';

export function addServeCommand(program: Command, data: Option): void {
  const collect = (value: string, before: string[] | undefined) => [...(before ?? []), value];
  const command = program.command('serve')
    .description('run the server')
    .addOption(option('--http <[host:]port>', 'dashboard and API').default('127.0.0.1:8080'))
    .addOption(option('--tls-cert <file>', 'certificate (PEM) for https'))
    .addOption(option('--tls-key <file>', 'its private key (PEM)'))
    .addOption(option('--insecure-http', 'allow plain http beyond this machine'))
    .addOption(option('--compat-http <[host:]port>', 'the REST interface of Leshan, without login'))
    .addOption(
      option('--coap <[host:]port>', 'devices, plain CoAP; repeatable (default: [::]:5683)')
        .argParser(collect),
    )
    .addOption(
      option('--coaps <[host:]port>', 'devices, CoAP over DTLS; repeatable (default: [::]:5684, '
        + 'or none when there is a --coap)').argParser(collect),
    )
    .addOption(option('--dtls-cert <file>', 'certificate (PEM or DER) for devices that have one'))
    .addOption(option('--dtls-key <file>', 'its private key; SIGHUP reads all of these again'))
    .addOption(option('--dtls-ca <file>', 'an authority of devices\' certificates; repeatable')
      .argParser(collect))
    .addOption(option('--dtls-crl <file>', 'whom it has taken back (a CRL); repeatable')
      .argParser(collect))
    .addOption(option('--dtls-cbc', 'allow devices the older suites with CBC'))
    .addOption(option('--secrets-key-file <file>',
      'what keys of devices are sealed with (default: secret.key in the data folder)'))
    .addOption(option('--syslog <[host:]port>', 'device logs, syslog over UDP (default: off)'))
    .addOption(option('--log-retention <time>', 'how long they are kept').default('30d'))
    .addOption(data)
    .addOption(option('--config <file>', 'YAML file with the same names, profiles and groups'))
    .addOption(option('--models <dir>', 'object definitions (DDF files, .xml) to know as well'))
    .addOption(option('--retention <time>',
      'how long values and what happened are kept, as 90d (default: for ever)'))
    .addOption(option('--demo <n>', 'run a demo fleet of n devices; npm start: 12').default('0'))
    .addOption(
      option('--registration <who>', 'who may register without credentials: open or known')
        .default('open'),
    )
    .addOption(option('--log-level <level>', 'debug, info, warn, error or silent').default('info'))
    .allowExcessArguments(false)
    .exitOverride();
  command.action(async () => {
    const settings = settingsOf(command);
    announce(await startAndStop({ ...settings, ...listenersOf(settings) }));
  });
}

/** The usual ports, unless somebody chose others. */
function listenersOf({ coap, coaps, dtlsFiles }: Settings): Pick<Settings, 'coap' | 'coaps'> {
  if (coap.length > 0) {
    if (coaps.length > 0 || dtlsFiles === undefined) return { coap, coaps };
    throw new UsageError('--dtls-cert is for devices that come by DTLS: who names a --coap has to '
      + 'name the --coaps too');
  }
  const secured = coaps.length > 0 ? coaps : [{ host: '::', port: 5684 }];
  return { coap: [{ host: '::', port: 5683 }], coaps: secured };
}

/** Each flag has an environment variable of the same name. */
function option(flags: string, description: string): Option {
  const name = flags.slice(2).split(' ')[0] ?? '';
  return new Option(flags, description).env(`FLOWNEXUS_${name.toUpperCase().replaceAll('-', '_')}`);
}

async function startAndStop(settings: Parameters<typeof startServer>[0]): Promise<RunningServer> {
  const running = await startServer(settings);
  const stop = (): void => {
    // A second signal ends what a first one could not.
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    running.stop().then(() => process.exit(0), (error: Error) => {
      console.error(error.message);
      process.exit(1);
    });
  };
  const { reload } = running;
  // Without files that could be read again it means what it always does: the terminal is gone.
  if (reload !== undefined) process.on('SIGHUP', reload);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return running;
}

function announce({ http, compat, coap, syslog, loginLink }: RunningServer): void {
  const [first = ''] = http;
  // A browser reaches a wildcard through loopback.
  const page = (loginLink ?? first).replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, '//127.0.0.1');
  console.error([
    '',
    `  Dashboard  ${page}`,
    ...(loginLink === undefined ? [] : ['             (this link logs the first admin in, once)']),
    `  Devices    ${coap.join(', ')}`,
    ...compat.map((url) => `  Compatible ${url}/api (no login)`),
    ...(syslog.length === 0 ? [] : [`  Logs       ${syslog.join(', ')}`]),
    '',
  ].join('\n'));
}
