// One figure of DTLS, for dtls-figures.ts.

import { dtlsAssociationBytes, dtlsOpen, dtlsSeal } from './dtls.ts';
import { dtlsHandshakeEcdsa, dtlsHandshakePsk, dtlsHandshakeX509 } from './dtls-handshakes.ts';
import type { DtlsFigure } from './dtls-figures.ts';
import type { Figure, Options } from './result.ts';

const FIGURES: Readonly<Record<DtlsFigure, (options: Options) => Figure>> = {
  'dtls.handshake.psk': dtlsHandshakePsk,
  'dtls.handshake.ecdsa': dtlsHandshakeEcdsa,
  'dtls.handshake.x509': dtlsHandshakeX509,
  'dtls.open': dtlsOpen,
  'dtls.seal': dtlsSeal,
  'dtls.association.bytes': dtlsAssociationBytes,
};

process.once('message', ([name, options]: [DtlsFigure, Options]) => {
  process.send?.(FIGURES[name](options), () => process.exit(0));
});
