// The floor: a socket that sends every datagram back as an acknowledgement, and nothing else.

import { createSocket } from 'node:dgram';
import { reportOnDemand } from './server-report.ts';

const socket = createSocket('udp4');
let echoed = 0;
socket.on('message', (datagram, from) => {
  echoed++;
  socket.send(datagram, from.port, from.address);
});
socket.bind(0, '127.0.0.1', () => {
  socket.setRecvBufferSize(4 * 1024 * 1024);
  reportOnDemand(() => echoed, async () => void socket.close());
  process.send?.({ port: socket.address().port });
});
