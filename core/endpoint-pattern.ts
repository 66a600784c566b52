// Patterns of endpoint names, as profiles, groups and webhooks have them.

/** True when the endpoint fits the pattern, in which `*` stands for any characters. */
export function matches(pattern: string, endpoint: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return endpoint === pattern;
  if (!endpoint.startsWith(first)) return false;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = endpoint.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  const last = parts.at(-1) ?? '';
  return endpoint.length - position >= last.length && endpoint.endsWith(last);
}
