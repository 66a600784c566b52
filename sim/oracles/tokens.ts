// RFC 7252 s5.3.1: no two open requests to one address share a token. An observation is asked for
// again with its own token (RFC 7641 s3.1), so what is forbidden is the token of another path, and
// an older request that is still retransmitted.

import { decodeMessage } from '../../core/coap/codec.ts';
import { uriPath } from '../../core/coap/options.ts';
import type { Milliseconds } from '../../core/ports.ts';
import type { Passing } from '../passing.ts';
import { CON, RST } from './datagram.ts';
import { Findings, type Oracle } from './oracle.ts';
import { Recent } from './recent.ts';

/** RFC 7252 s4.8.2 MAX_TRANSMIT_WAIT: how long a request is open after its last transmission. */
const MAX_TRANSMIT_WAIT: Milliseconds = 93_000;

interface Open {
  readonly messageId: number;
  /** Of the request that had the token before. */
  readonly replaced: number | undefined;
  readonly datagram: Uint8Array;
}

export class TokenOracle extends Findings implements Oracle {
  /** By address and token. */
  readonly #open = new Recent<Open | undefined>(MAX_TRANSMIT_WAIT);

  constructor() {
    super('tokens');
  }

  server(): void {
    this.#open.clear();
  }

  /** What is over is let go of, whoever has fallen silent. */
  judge(at: Milliseconds): void {
    this.#open.sweep(at);
  }

  serverSent(passing: Passing): void {
    const { at, device, address, type, messageId, datagram } = passing;
    if (type !== CON || !passing.isRequest) return;
    const { token } = passing;
    const open = this.#open.get(address.number, token, at);
    const isOther = open !== undefined && open.messageId !== messageId;
    if (isOther && (open.replaced === messageId || pathOf(open.datagram) !== pathOf(datagram))) {
      this.report(at, `${device.options.endpoint} is asked for ${pathOf(datagram)} with the token `
        + `of an open request for ${pathOf(open.datagram)}`);
    }
    const replaced = isOther ? open.messageId : open?.replaced;
    this.#open.set(address.number, token, at, { messageId, replaced, datagram });
  }

  serverHeard(passing: Passing): void {
    const { at, address: { number }, type } = passing;
    // A Reset names no token; the request that it ends is not retransmitted either.
    if (passing.isRequest || type === RST || !this.#open.has(number, at)) return;
    const { token } = passing;
    if (this.#open.get(number, token, at) !== undefined) {
      this.#open.set(number, token, at, undefined);
    }
  }
}

function pathOf(datagram: Uint8Array): string {
  const message = decodeMessage(datagram);
  return message.ok ? `/${uriPath(message.value).join('/')}` : '';
}
