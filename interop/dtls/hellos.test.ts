// What our server answers to the ClientHellos of devices, deterministic and without a peer.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SUITES } from '../../core/dtls/suites.ts';
import { answerTo, HELLOS, type HelloFixture } from './hellos.ts';

function named(name: string): HelloFixture {
  const found = HELLOS.find((hello) => hello.name === name);
  if (!found) throw new Error(`there is no hello of ${name}`);
  return found;
}

/** A server of the rule: CBC is there for who asks for it. */
const WITHOUT_CBC = SUITES.filter(({ name }) => !name.includes('CBC'));

describe('a server without CBC', () => {
  it.for([
    ['Zephyr 4.2 (mbedTLS), PSK',
      'TLS_PSK_WITH_AES_128_CCM_8, a connection id of 5 bytes, records of 1024 bytes'],
    ['nRF91 modem, PSK', 'TLS_PSK_WITH_AES_128_CCM_8, a connection id of 5 bytes'],
    ['nRF91 modem, PSK, set to CBC alone', 'alert handshake_failure'],
    // It has GCM in common with us, and no kind of certificate.
    ['nRF91 modem, certificate', 'alert handshake_failure'],
  ] as const)('answers %s', ([name, answer]) => {
    expect(answerTo(named(name), WITHOUT_CBC)).toBe(answer);
  });
});

it('the hello of Zephyr is the one that was recorded', () => {
  const file = new URL(
    '../../core/dtls/fixtures/dtls-psk-cid-bootstrap-request.json', import.meta.url);
  const { datagrams } = JSON.parse(readFileSync(file, 'utf8')) as { datagrams: { hex: string }[] };
  expect(named('Zephyr 4.2 (mbedTLS), PSK').hex).toBe(datagrams[0]?.hex);
});
