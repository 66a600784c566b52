// For tests: a message of RFC 5424 as its bytes.

import { encodeUtf8 } from '../bytes.ts';
import type { DataElement } from './message.ts';

export interface Header {
  readonly priority?: number;
  readonly time?: string;
  readonly hostname?: string;
  readonly app?: string;
  readonly data?: readonly DataElement[];
}

export function syslogOf(text: string, header: Header = {}): Uint8Array {
  const { priority = 134, time = '-', hostname = '-', app = '-', data = [] } = header;
  const elements = data.map(({ id, parameters }) => {
    const written = parameters.map(([name, value]) =>
      ` ${name}="${value.replace(/["\\\]]/g, '\\$&')}"`);
    return `[${id}${written.join('')}]`;
  });
  const structured = elements.length === 0 ? '-' : elements.join('');
  return encodeUtf8(`<${priority}>1 ${time} ${hostname} ${app} - - ${structured} ${text}`);
}
