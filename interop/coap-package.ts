// The npm package `coap` as a device, by itself and over `node-dtls-client`. It runs as a program
// of its own, because one malformed datagram can end a process built on it. Its answers are SenML
// JSON.

import { fileURLToPath } from 'node:url';
import { lineDevice, type Device, type Peer, type Site } from './device.ts';

export const UPDATED_LIFETIME_SECONDS = 400;

export const coapPackage: Peer = {
  name: 'npm package coap 1.5.0', endpoint: 'interop-coap-package', prepare,
};

/** Its site has a security of kind `psk`. */
export const coapPackageSecured: Peer = {
  name: 'npm package coap over node-dtls-client', endpoint: 'interop-node-dtls-client',
  shakesHandsAnew: true, prepare,
};

async function prepare(site: Site): Promise<Device> {
  const program = fileURLToPath(import.meta.resolve('./coap-package-device.js'));
  return lineDevice(site, process.execPath, [program], UPDATED_LIFETIME_SECONDS);
}
