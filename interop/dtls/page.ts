// The matrix of DTLS for people: docs/interop-dtls.md. It has no figures that vary, and follows
// from the rows alone, as a run in which a check fails writes nothing.

import { answerTo, FULL_SERVER, HELLOS, PLAIN_SERVER } from './hellos.ts';
import { COLUMNS, type Cell, type Column, type Row } from './matrix.ts';

export const DTLS_PAGE = 'docs/interop-dtls.md';

export function dtlsPage(rows: readonly Row[]): string {
  const columns = Object.entries(COLUMNS);
  return `# DTLS against stacks that others wrote

Written by \`npm run interop -- dtls --write\`; a test compares it with the checks that there are.
\`npm run interop -- dtls\` runs them in two minutes and tells how many records arrived under
loss. Each peer speaks to our layer on a socket, with a proxy between them.

${columns.map(([, { title, means }]) => `- **${title}**: ${means}.`).join('\n')}

${table(['Peer', ...columns.map(([, { title }]) => title)], rows.map(({ name, cells }) =>
    [name, ...columns.map(([column]) => textOf(cells[column as Column]))]))}

## Hellos of devices

These devices cannot be run here. Their ClientHello is sent to our server as bytes, first as it is
and then with our cookie, and this is what is answered: by a server as it is without being asked for
more, and by one that has certificates and suites with CBC as well.

${table(['Device', 'Bytes', 'Offers', 'Answer', 'Answer with certificates and CBC'],
    HELLOS.map((hello) => [hello.name, hello.source, hello.offers,
      answerTo(hello, PLAIN_SERVER), answerTo(hello, FULL_SERVER)]))}
`;
}

function textOf(cell: Cell): string {
  if (cell.kind === 'n/a') return `n/a: ${cell.reason}`;
  return cell.note === '' ? 'yes' : `yes (${cell.note})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
