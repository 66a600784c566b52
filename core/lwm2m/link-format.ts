// CoRE link format (RFC 6690): text to links and back. What a link means is the reader's business;
// registration.ts reads object lists, Discover answers are the same syntax.

import { assert, fail, ok, type Result } from '../result.ts';

export interface LinkAttribute {
  readonly name: string;
  /** Without its quotes; undefined for an attribute that is only a name. */
  readonly value: string | undefined;
}

export interface Link {
  /** What stands between < and >, as written. */
  readonly target: string;
  /** In the order of the text; a name may be repeated. */
  readonly attributes: readonly LinkAttribute[];
}

/** Characters of a whole link list. */
export const LINKS_LENGTH_MAX = 16_384;
export const LINKS_MAX = 1_024;
export const LINK_ATTRIBUTES_MAX = 16;

// RFC 6690 s2 leaves white space between elements to RFC 5988, which allows it.
const TARGET = /\s*<([^<>\s]*)>/y;
// RFC 6690 s2: parmname, and a value as quoted-string or as ptoken.
const ATTRIBUTE =
  /\s*;\s*([!#$&+\-.^_`|~\w]+\*?)(?:=(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([!#-+\--:<-[\]-~]+)))?/sy;
const COMMA = /\s*,/y;
const END = /\s*$/y;
/** Numbers and lists of one are written bare, like the examples of LwM2M Core s5.1.2, s6.2.1. */
const BARE = /^-?\d+(\.\d+)*$/;

/** The empty text has no links. */
export function parseLinks(text: string): Result<Link[]> {
  if (text.length > LINKS_LENGTH_MAX) return fail(`links are longer than ${LINKS_LENGTH_MAX}`);
  const links: Link[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  if (next(END) !== null) return ok(links);
  do {
    const target = next(TARGET);
    if (target === null) return fail(`no <link> at character ${at}`);
    const attributes: LinkAttribute[] = [];
    for (let match = next(ATTRIBUTE); match !== null; match = next(ATTRIBUTE)) {
      const [, name = '', quoted, token] = match;
      if (attributes.length === LINK_ATTRIBUTES_MAX) {
        return fail(`a link has more than ${LINK_ATTRIBUTES_MAX} attributes`);
      }
      attributes.push({ name, value: quoted?.replace(/\\(.)/gs, '$1') ?? token });
    }
    if (links.length === LINKS_MAX) return fail(`more than ${LINKS_MAX} links`);
    links.push({ target: target[1] ?? '', attributes });
  } while (next(COMMA) !== null);
  return next(END) === null ? fail(`no attribute or comma at character ${at}`) : ok(links);
}

export function formatLinks(links: readonly Link[]): string {
  return links.map(formatLink).join(',');
}

/** The value of the first attribute of that name; '' for one without a value. */
export function attributeOf(link: Link, name: string): string | undefined {
  const attribute = link.attributes.find((candidate) => candidate.name === name);
  return attribute && (attribute.value ?? '');
}

/** A value as links have it: bare, or in quotes. */
export function attributeText(value: string): string {
  return BARE.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function formatLink({ target, attributes }: Link): string {
  assert(!/[<>\s]/.test(target), 'a link target has no angle brackets and no white space');
  let text = `<${target}>`;
  for (const { name, value } of attributes) {
    text += `;${name}`;
    if (value === undefined) continue;
    text += `=${attributeText(value)}`;
  }
  return text;
}
