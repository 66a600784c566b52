// What pages say of messages. Pure.

import type { CoapMessage } from '../wire.ts';

/** The colour of meaning beside the word. */
export function toneOf({ malformed, type, code }: CoapMessage): string {
  if (malformed !== '' || /^[45]\./.test(code)) return 'bad';
  return type === 'RST' ? 'waiting' : '';
}

/** What it is about, in one line. */
export function gistOf({ malformed, about, payload }: CoapMessage): string {
  if (malformed !== '') return malformed;
  const [first = '', ...others] = payload?.kind === 'values' ? payload.text.split('\n') : [];
  if (first === '') return about;
  // A value names its path itself.
  if (others.length === 0 && (about === '' || first.startsWith(about))) return first;
  const noun = payload?.format === 'link format' ? 'link' : 'value';
  return `${about} · ${others.length + 1} ${noun}${others.length === 0 ? '' : 's'}`;
}

export function fileAddress(endpoint: string): string {
  return `/files/messages.pcapng?${new URLSearchParams({ endpoint })}`;
}
