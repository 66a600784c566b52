// What our server answers to the ClientHellos of devices, deterministic and without a peer.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerTo, FULL_SERVER, HELLOS, PLAIN_SERVER, type HelloFixture } from './hellos.ts';

function named(name: string): HelloFixture {
  const found = HELLOS.find((hello) => hello.name === name);
  if (!found) throw new Error(`there is no hello of ${name}`);
  return found;
}

describe('a server without certificates and CBC', () => {
  it.for([
    ['Zephyr 4.2 (mbedTLS), PSK',
      'TLS_PSK_WITH_AES_128_CCM_8, a connection id of 5 bytes, records of 1024 bytes'],
    ['nRF91 modem, PSK', 'TLS_PSK_WITH_AES_128_CCM_8, a connection id of 5 bytes'],
    ['nRF91 modem, PSK, set to CBC alone', 'alert handshake_failure'],
    // It has GCM in common with us, and no kind of certificate.
    ['nRF91 modem, certificate', 'alert handshake_failure'],
    ['nRF91 modem, certificate, set to CBC alone', 'alert handshake_failure'],
  ] as const)('answers %s', ([name, answer]) => {
    expect(answerTo(named(name), PLAIN_SERVER)).toBe(answer);
  });
});

describe('a server with both', () => {
  it.for([
    ['Zephyr 4.2 (mbedTLS), PSK',
      'TLS_PSK_WITH_AES_128_CCM_8, a connection id of 5 bytes, records of 1024 bytes'],
    // CBC comes last, wherever the device has it.
    ['nRF91 modem, PSK', 'TLS_PSK_WITH_AES_128_CCM_8, a connection id of 5 bytes'],
    ['nRF91 modem, PSK, set to CBC alone', 'TLS_PSK_WITH_AES_128_CBC_SHA256'],
    ['nRF91 modem, certificate', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
    ['nRF91 modem, certificate, set to CBC alone', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'],
  ] as const)('answers %s', ([name, answer]) => {
    expect(answerTo(named(name), FULL_SERVER)).toBe(answer);
  });
});

it('with certificates alone, a modem that is set to CBC is refused', () => {
  const { x509 } = FULL_SERVER;
  const hello = named('nRF91 modem, certificate, set to CBC alone');
  expect(answerTo(hello, { ...PLAIN_SERVER, x509 })).toBe('alert handshake_failure');
});

it('the hello of Zephyr is the one that was recorded', () => {
  const file = new URL(
    '../../core/dtls/fixtures/dtls-psk-cid-bootstrap-request.json', import.meta.url);
  const { datagrams } = JSON.parse(readFileSync(file, 'utf8')) as { datagrams: { hex: string }[] };
  expect(named('Zephyr 4.2 (mbedTLS), PSK').hex).toBe(datagrams[0]?.hex);
});
