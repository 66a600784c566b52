// Server and client against each other in virtual time: stories of handshakes and associations.

import { describe, expect, it, test } from 'vitest';
import { DEVICE, DtlsBench, IDENTITY, KEY, PROFILE, SERVER, ZEPHYR } from '../../sim/testing/dtls-bench.ts';
import { SUITES } from './suites.ts';

describe('a handshake', () => {
  it.for(SUITES)('with $name ends in both having the same keys', (suite) => {
    const { server, client } = DtlsBench.established({ ...PROFILE, suites: [suite] });
    expect(server.story).toEqual(['established']);
    expect(client.story).toEqual(['established']);
    expect(server.association.suite).toBe(suite);
    expect(server.association.identity).toBe(IDENTITY);
  });
});
