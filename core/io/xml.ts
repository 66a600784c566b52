// XML that may be hostile, as a tree of elements with their lines. There are no document types,
// hence no entities but XML's own five, and everything has a limit. Knows neither files nor what
// the text is about.

import { SaxesParser } from 'saxes';
import { fail, ok, type Result } from '../result.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly children: XmlElement[];
  /** All its own text together, without white space around it. */
  text: string;
}

export interface XmlProblem {
  /** From 1; undefined when it is about the file as a whole. */
  readonly line: number | undefined;
  /** The end of a sentence that begins with the name of the file. */
  readonly what: string;
}

export const XML_BYTES_MAX = 256 * 1024;
export const XML_DEPTH_MAX = 16;
export const XML_ELEMENTS_MAX = 20_000;

/** The element that holds all others. */
export function readXml(bytes: Uint8Array): Result<XmlElement, XmlProblem> {
  if (bytes.length > XML_BYTES_MAX) {
    return fail({ line: undefined, what: `is larger than ${XML_BYTES_MAX / 1024} KB` });
  }
  const text = textOf(bytes);
  if (text === undefined) {
    return fail({ line: undefined, what: 'is not in UTF-8; save it anew in that' });
  }
  return new Reader().read(text);
}

/** XML 1.0 s4.3.3: UTF-8 unless the first bytes tell of UTF-16. */
function textOf(bytes: Uint8Array): string | undefined {
  const mark = (bytes[0] ?? 0) << 8 | (bytes[1] ?? 0);
  const encoding = mark === 0xfe_ff ? 'utf-16be' : mark === 0xff_fe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** How a reader stops in the middle of the parser's work. */
class Stop extends Error {}

class Reader {
  readonly #parser = new SaxesParser();
  readonly #open: XmlElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  /** Where the element begins whose name is being read. */
  #line = 1;

  read(text: string): Result<XmlElement, XmlProblem> {
    const parser = this.#parser;
    parser.on('error', ({ message }) => this.#stop(`is no XML: ${plain(message)}`));
    parser.on('doctype', () => this.#stop('has a document type, which is not read; remove it'));
    parser.on('xmldecl', ({ encoding }) => this.#checkEncoding(encoding, text));
    parser.on('opentagstart', () => { this.#line = parser.line; });
    parser.on('opentag', ({ name, attributes }) => this.#begin(name, attributes));
    parser.on('text', (part) => this.#add(part));
    parser.on('cdata', (part) => this.#add(part));
    parser.on('closetag', () => this.#end());
    try {
      parser.write(text).close();
    } catch (error) {
      if (error instanceof Stop) return fail({ line: parser.line, what: error.message });
      throw error;
    }
    return this.#root === undefined ? fail({ line: undefined, what: 'is empty' }) : ok(this.#root);
  }

  #begin(name: string, attributes: Readonly<Record<string, string>>): void {
    if (++this.#elements > XML_ELEMENTS_MAX) this.#stop(`has over ${XML_ELEMENTS_MAX} elements`);
    if (this.#open.length === XML_DEPTH_MAX) {
      this.#stop(`has elements more than ${XML_DEPTH_MAX} deep`);
    }
    const element: XmlElement = {
      name, attributes, line: this.#line, children: [], text: '',
    };
    this.#open.at(-1)?.children.push(element);
    this.#root ??= element;
    this.#open.push(element);
  }

  #add(part: string): void {
    const element = this.#open.at(-1);
    if (element !== undefined) element.text += part;
  }

  #end(): void {
    const element = this.#open.pop();
    if (element !== undefined) element.text = element.text.trim();
  }

  /** What is in ASCII alone is the same in nearly every encoding. */
  #checkEncoding(encoding: string | undefined, text: string): void {
    if (encoding === undefined || /^utf-?(8|16)$/i.test(encoding)) return;
    if (![...text].every((character) => character < '\u0080')) {
      this.#stop(`says it is in ${encoding.slice(0, 20)}; save it in UTF-8`);
    }
  }

  #stop(what: string): never {
    throw new Stop(what);
  }
}

/** The parser's message without the place in front, which is told apart, and cut to a line. */
function plain(message: string): string {
  const words = message.replace(/^\d+:\d+: /, '').replace(/\.$/, '').replaceAll(/\s+/g, ' ');
  return words.length > 80 ? `${words.slice(0, 79)}…` : words;
}
