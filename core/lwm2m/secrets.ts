// What is never shown of what travels: the objects that hold keys (LwM2M Core 1.1.1 E.1, Security;
// 1.2 E.1 and E.5, OSCORE and COSE). A server has no business with them, but a device or a bug may
// send them. Where it cannot be told what a payload holds, it is taken for one.

import { blockOf } from '../coap/block.ts';
import { Code, type Message, OptionNumber } from '../coap/message.ts';
import { contentFormat } from '../coap/options.ts';
import { ContentFormat, decodePatches, decodePayload } from './content-format.ts';
import type { Models } from './objects.ts';
import type { Path } from './path.ts';
import type { Entry } from './value.ts';

/** Security, OSCORE and COSE. */
const SECRET_OBJECTS: ReadonlySet<number> = new Set([0, 21, 23]);

/** What the payload of a message is about. */
export type Subject =
  /** The values at or below a path. */
  | { readonly kind: 'path'; readonly path: Path }
  /** Values that name their paths themselves: Send and what is asked together. */
  | { readonly kind: 'root' }
  /** The paths that are asked for together. */
  | { readonly kind: 'paths' }
  /** No values: object lists, and what others than LwM2M devices say. */
  | { readonly kind: 'no values' }
  /** The answer to a request that nobody saw. */
  | { readonly kind: 'unknown' };

export function isSecret({ object }: Path): boolean {
  return SECRET_OBJECTS.has(object);
}

/** What may be kept and shown of what a device told. */
export function withoutSecrets(entries: readonly Entry[]): readonly Entry[] {
  return entries.some(({ path }) => isSecret(path))
    ? entries.filter(({ path }) => !isSecret(path)) : entries;
}

/** Why the payload is not shown; '' when it may be. */
export function withheldBecause(message: Message, subject: Subject, models: Models): string {
  // An error's payload is words for people (RFC 7252 s5.5.2).
  if (message.payload.length === 0 || message.code >= Code.BAD_REQUEST) return '';
  switch (subject.kind) {
    case 'no values':
    case 'paths': return '';
    case 'unknown': return 'it answers a request from before the recording';
    case 'path':
      if (contentFormat(message) === ContentFormat.LINK) return '';
      return isSecret(subject.path) ? holdsKeys(subject.path) : withheldOfNamed(message, models);
    case 'root': return withheldOfRoot(message, models);
  }
}

/** What was asked for one path may name others, whether it may or not. */
function withheldOfNamed(message: Message, models: Models): string {
  const values = decodePayload(contentFormat(message), undefined, message.payload, 0, models);
  const secret = values.ok ? values.value.find(({ path }) => isSecret(path)) : undefined;
  return secret === undefined ? '' : holdsKeys(secret.path);
}

function holdsKeys({ object }: Path): string {
  return `object ${object} holds keys`;
}

function withheldOfRoot(message: Message, models: Models): string {
  if (isSomePart(message)) return 'a part alone does not say whether it holds keys';
  const format = contentFormat(message);
  const { payload } = message;
  const changes = message.code === Code.IPATCH
    ? decodePatches(format, payload, models) : undefined;
  const values = changes?.ok === true
    ? changes : decodePayload(format, undefined, payload, 0, models);
  if (!values.ok) return `it cannot be read, so it might hold keys: ${values.reason}`;
  const secret = values.value.find(({ path }) => isSecret(path));
  return secret === undefined ? '' : holdsKeys(secret.path);
}

/** True for a block of a longer body, of a request or a response. */
export function isSomePart(message: Message): boolean {
  return [OptionNumber.BLOCK1, OptionNumber.BLOCK2].some((number) => {
    const block = blockOf(message, number);
    return block === 'reserved' || (block !== undefined && (block.more || block.num > 0));
  });
}
