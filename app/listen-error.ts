// What the system says when a socket cannot be opened, as a sentence that says what to do.

import { UsageError } from './usage-error.ts';

/** `wanted` is the address as people write it, `flag` where they did. */
export function listenError(
  error: NodeJS.ErrnoException, wanted: string, flag = '--coap',
): UsageError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new UsageError(`${wanted} is in use by another program; choose a port with ${flag}`);
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new UsageError(`${wanted} is no address of this machine; change ${flag}`);
    case 'EACCES':
      return new UsageError(`no permission to listen on ${wanted}; use a port from 1024 up`);
    case 'EMFILE':
    case 'ENFILE':
      return new UsageError('the system allows no more sockets; take fewer devices, or raise the '
        + 'limit (ulimit -n)');
    default: return new UsageError(`cannot listen on ${wanted}: ${error.message}`);
  }
}
