// The figures of DTLS, each from a process that runs as the server does (dtls-process.ts).

import { answerOf, startProcess } from './as-started.ts';
import type { Figure, Options } from './result.ts';

const NAMES = [
  'dtls.handshake.psk', 'dtls.handshake.ecdsa', 'dtls.handshake.x509', 'dtls.open', 'dtls.seal',
  'dtls.association.bytes',
] as const;

export type DtlsFigure = typeof NAMES[number];

export const DTLS_FIGURES: Readonly<Record<string, (options: Options) => Promise<Figure>>> =
  Object.fromEntries(NAMES.map((name) => [name, (options: Options) => {
    const child = startProcess('dtls-process');
    child.send([name, options]);
    return answerOf<Figure>(child);
  }]));
