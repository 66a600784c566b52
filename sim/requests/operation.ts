// Which operation a request is (LwM2M Transport 1.1.1 s6.4.4): its method, how long its path is,
// and whether it brings content.

import { Code, type Message } from '../../core/coap/message.ts';
import { accept, contentFormat, observe, uriQuery } from '../../core/coap/options.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import type { Path } from '../../core/lwm2m/path.ts';

export const OPERATIONS = [
  'read', 'observe', 'discover', 'write', 'writeAttributes', 'execute', 'create', 'delete',
  'readComposite', 'observeComposite', 'writeComposite',
] as const;
export type Operation = typeof OPERATIONS[number];

/** Without a path, at the root, there are only composites. */
export function operationOf(message: Message, path: Path | undefined): Operation | undefined {
  const isObserve = observe(message) === 0;
  if (path === undefined) {
    if (message.code === Code.FETCH) return isObserve ? 'observeComposite' : 'readComposite';
    return message.code === Code.IPATCH ? 'writeComposite' : undefined;
  }
  switch (message.code) {
    case Code.GET:
      if (accept(message) === ContentFormat.LINK) return 'discover';
      return isObserve ? 'observe' : 'read';
    case Code.PUT: {
      const isBare = contentFormat(message) === undefined && uriQuery(message).length > 0;
      return isBare ? 'writeAttributes' : 'write';
    }
    case Code.POST:
      if (path.instance === undefined) return 'create';
      return path.resource === undefined ? 'write' : 'execute';
    case Code.DELETE:
      return 'delete';
    default:
      return undefined;
  }
}
