// A table of an answer as text: what a cell shows, and RFC 4180 for spreadsheets.

/** As it stands in the table; '' for NULL. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** A text that a spreadsheet would take for a formula is kept from that by an apostrophe. */
export function csvOf(
  columns: readonly { readonly name: string }[], rows: readonly (readonly unknown[])[],
): string {
  const lines = [columns.map(({ name }) => name), ...rows].map(
    (cells) => cells.map((cell) => quoted(cell)).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function quoted(cell: unknown): string {
  const text = cellText(cell);
  const isFormula = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
