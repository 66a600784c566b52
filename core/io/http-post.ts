// One POST to somebody's server: how it went, as a value. Redirections are not followed, and of the
// answer only its status is read. Addresses of this machine and its networks are as good as others.

import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Milliseconds } from '../ports.ts';

/** From the look-up of the name to the answer. */
const WAIT_MAX: Milliseconds = 10_000;
const OUTCOME_LENGTH_MAX = 200;

export interface Posted {
  readonly isDelivered: boolean;
  readonly outcome: string;
}

export function httpPost(
  url: string, headers: Readonly<Record<string, string>>, body: string,
  waitMax: Milliseconds = WAIT_MAX,
): Promise<Posted> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const failed = ({ name, message }: Error): void => resolve({
      isDelivered: false,
      outcome: name === 'AbortError' ? `no answer in ${waitMax / 1_000} s`
        : message.slice(0, OUTCOME_LENGTH_MAX),
    });
    const call = request(url, {
      method: 'POST', agent: false, signal: AbortSignal.timeout(waitMax),
      headers: {
        ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'flownexus',
      },
    }, (answer) => {
      const status = answer.statusCode ?? 0;
      resolve({ isDelivered: status >= 200 && status < 300, outcome: outcomeOf(status) });
      // Nothing of it is wanted, however long it is.
      answer.destroy();
    });
    call.on('error', failed);
    call.end(body);
  });
}

function outcomeOf(status: number): string {
  return status >= 300 && status < 400 ? `${status}, which is not followed` : String(status);
}
