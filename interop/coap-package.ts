// The npm package `coap` as a device. It runs as a program of its own, because one malformed
// datagram can end a process built on it. Its answers are SenML JSON.

import { fileURLToPath } from 'node:url';
import { lineDevice, type Peer } from './device.ts';

export const UPDATED_LIFETIME_SECONDS = 400;

export const coapPackage: Peer = {
  name: 'npm package coap 1.5.0',
  endpoint: 'interop-coap-package',
  async prepare(site) {
    const program = fileURLToPath(import.meta.resolve('./coap-package-device.js'));
    return lineDevice(site, process.execPath, [program], UPDATED_LIFETIME_SECONDS);
  },
};
