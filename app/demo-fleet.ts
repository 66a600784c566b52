// The child process of the demo: half of the devices speak through our own stack, half through
// the npm package `coap`, an implementation nobody here wrote.

import { startForeignDevice } from '../sim/drivers/foreign.ts';
import { UdpDevices } from '../sim/drivers/udp.ts';
import { demoDevice } from './demo-devices.ts';

const [host = '', port = '', count = ''] = process.argv.slice(2);
const server = { host, port: Number(port) };
const devices = new UdpDevices(server);

process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches us too: the server tells us when to end.
process.on('SIGINT', () => undefined);

for (let index = 0; index < Number(count); index++) {
  const options = demoDevice(index);
  if (index % 2 === 0) await devices.start(options);
  else startForeignDevice(server, options);
}
