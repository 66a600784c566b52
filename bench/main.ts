// `npm run bench -- [NAMES] [--json] [--quick] [--record]`: figures with their references, as a
// table or as a JSON array of {name, value, unit, reference, ratio}.

import { codecDecode, codecEncode } from './codec.ts';
import {
  notifyAckP99, notifyDtlsAckP99, notifyDtlsDurable, notifyDurable, registerDurable, sendAckP99,
  sendDurable, udpEcho,
} from './durable.ts';
import { DTLS_FIGURES } from './dtls-figures.ts';
import { busySentence, watchHost } from './machine.ts';
import { mutants } from './mutants/hunts.ts';
import type { Figure, Options } from './result.ts';
import { simDay10k, simDay1k, simDeviceBytes, simIdle100k } from './sim.ts';
import { dtlsRestore } from './secured-restore.ts';
import { sessionBytes, sessionRestore, sessionStep } from './session.ts';

const BENCHES: Readonly<Record<string, (options: Options) => Figure | Promise<Figure>>> = {
  'codec.decode': codecDecode,
  'codec.encode': codecEncode,
  'session.step': sessionStep,
  'session.bytes': sessionBytes,
  'session.restore': sessionRestore,
  ...DTLS_FIGURES,
  'dtls.restore': dtlsRestore,
  'sim.day.1k': simDay1k,
  'sim.day.10k': simDay10k,
  'sim.device.bytes': simDeviceBytes,
  'sim.idle.100k': simIdle100k,
  mutants,
  'udp.echo': udpEcho,
  'register.durable': registerDurable,
  'notify.durable': notifyDurable,
  'notify.dtls.durable': notifyDtlsDurable,
  'notify.dtls.ack.p99': notifyDtlsAckP99,
  'notify.ack.p99': notifyAckP99,
  'send.durable': sendDurable,
  'send.ack.p99': sendAckP99,
};

const args = process.argv.slice(2);
const isJson = args.includes('--json');
const FLAGS = ['--json', '--quick', '--record'];
const options = { isQuick: args.includes('--quick'), isRecording: args.includes('--record') };
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = [...names.filter((name) => BENCHES[name] === undefined),
  ...args.filter((arg) => arg.startsWith('--') && !FLAGS.includes(arg))];
if (unknown.length > 0) {
  console.error(`"${unknown[0]}" is no bench; there are ${Object.keys(BENCHES).join(', ')}, `
    + `${FLAGS.slice(0, -1).join(', ')} and ${FLAGS.at(-1)}`);
  process.exit(2);
}
if (options.isRecording && (options.isQuick || !names.includes('mutants'))) {
  console.error('--record belongs to the whole hunt for planted bugs: '
    + 'npm run bench -- mutants --record, without --quick');
  process.exit(2);
}

const figures: Figure[] = [];
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
  console.error(`${name} ...`);
  const busy = await busySentence();
  const told = watchHost();
  const measured = await (BENCHES[name] as (typeof BENCHES)[string])(options);
  const notes = [busy, told(), ...measured.notes].filter((note) => note !== undefined);
  figures.push({ ...measured, notes });
  if (!isJson) print({ ...measured, notes });
}
if (isJson) {
  console.log(JSON.stringify(figures.map(({ name, value, unit, reference, ratio, notes }) => ({
    name, value, unit, reference: reference ?? null, ratio: ratio ?? null, notes,
  })), null, 2));
}
process.exit(0);

function print({ name, value, unit, reference, ratio, notes }: Figure): void {
  const shown = value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  const compared = ratio === undefined || reference === undefined ? ''
    : `   ${ratio.toFixed(2)} of ${Math.round(reference).toLocaleString('en')}`;
  console.log(`${name.padEnd(18)} ${shown.padStart(12)} ${unit}${compared}`);
  for (const note of notes) console.log(`${' '.repeat(20)}${note}`);
}
