// A YAML text checked against a zod schema: every mistake at once, each at its line and column,
// with what would be right. Knows neither files nor what the text is about.

import {
  isMap, isNode, isScalar, LineCounter, parseDocument, Scalar, type Document,
} from 'yaml';
import { z } from 'zod';
import { closest } from '../closest.ts';
import { fail, ok, type Result } from '../result.ts';
import { schemaWords } from './schema-words.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Problem extends Place {
  /** What is wrong and what would be right. */
  readonly what: string;
}

/** A custom issue may say how far into its text the mistake is: `params: { within }`. */
type Where = readonly PropertyKey[];

export class CheckedYaml {
  /** As written, before any check; undefined for an empty text. */
  readonly content: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** Keys that will mean something one day. */
  readonly #unavailable: ReadonlySet<string>;

  private constructor(
    document: Document, lines: LineCounter, content: unknown, unavailable: ReadonlySet<string>,
  ) {
    this.#document = document;
    this.#lines = lines;
    this.content = content;
    this.#unavailable = unavailable;
  }

  static parse(
    text: string, unavailable: ReadonlySet<string> = new Set(),
  ): Result<CheckedYaml, Problem[]> {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    try {
      const content: unknown = document.toJS() ?? undefined;
      return ok(new CheckedYaml(document, lines, content, unavailable));
    } catch (error) {
      // Aliases to nothing, or to so much that it could only be meant to harm.
      const harmful = { line: 1, column: 1, what: (error as Error).message };
      return fail([harmful, ...syntaxProblems(document).map((one) => placed(lines, one))]);
    }
  }

  /** `example` is what to write where keys belong. */
  check<Schema extends z.ZodType>(
    schema: Schema, example: string,
  ): Result<z.output<Schema>, Problem[]> {
    const parsed = schema.safeParse(this.content ?? {}, { error: schemaWords });
    if (parsed.success && this.isWhole) return ok(parsed.data);
    const keys = knownKeys(schema);
    const issues = withoutEchoes(parsed.error?.issues.flatMap(meant) ?? [])
      .filter(({ path }) => !this.#isUnreadable(path));
    const found = issues.flatMap((issue) => this.#mistakesOf(keys, issue, example));
    return fail([...syntaxProblems(this.#document), ...found].sort((a, b) => a.offset - b.offset)
      .map((one) => placed(this.#lines, one)));
  }

  /** Whether all of it is YAML: where it is not, something may be missing or stand elsewhere. */
  get isWhole(): boolean {
    return this.#document.errors.length === 0;
  }

  /** What a part that is no YAML says cannot be told. */
  #isUnreadable(at: Where): boolean {
    const { errors } = this.#document;
    if (errors.length === 0) return false;
    for (let length = at.length; length >= 0; length--) {
      const node = this.#document.getIn(at.slice(0, length), true);
      if (!isNode(node) || !node.range || isScalar(node) && node.value === null) continue;
      const [begin, , end] = node.range;
      return errors.some(({ pos: [offset] }) => offset >= begin && offset <= end);
    }
    return true;
  }

  /** Where the value at a path begins, or what is above it when there is none. */
  placeOf(at: Where): Place {
    return placeOf(this.#lines, this.#offsetOf(at));
  }

  /** As written, before any check. */
  valueAt(at: Where): unknown {
    return this.#document.getIn(at);
  }

  #mistakesOf(keys: KnownKeys, issue: z.core.$ZodIssue, example: string) {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        offset: this.#keyOffset(issue.path, key), what: this.#unknownKey(keys, issue.path, key),
      }));
    }
    if (issue.code === 'invalid_key') {
      const key = String(issue.path.at(-1));
      const what = issue.issues[0]?.message ?? issue.message;
      return [{ offset: this.#keyOffset(issue.path.slice(0, -1), key), what }];
    }
    if (issue.path.length === 0) return [{ offset: this.#offsetOf([]), what: `write ${example}` }];
    const within = issue.code === 'custom' ? Number(issue.params?.['within'] ?? 0) : 0;
    const offset = this.#offsetOf(issue.path) + this.#textOffset(issue.path, within);
    // A custom message is a sentence of its own.
    if (issue.code === 'custom') return [{ offset, what: issue.message }];
    return [{ offset, what: `${issue.path.join('.')}: ${this.#inWords(issue)}` }];
  }

  #unknownKey(keys: KnownKeys, at: Where, key: string): string {
    if (this.#unavailable.has(key)) return `"${key}" is not available yet`;
    const known = keys(at);
    const free = known.filter((one) => !this.#document.hasIn([...at, one]));
    const right = closest(key, free) ?? closest(key, known);
    return `unknown key "${key}"${right === undefined ? '' : ` (use ${right})`}`;
  }

  #inWords(issue: z.core.$ZodIssue): string {
    const written = this.#document.getIn(issue.path);
    if (written === undefined) return 'is missing';
    const choices = choicesOf(issue).map(String);
    if (choices.length > 0 && this.#unavailable.has(String(written))) {
      return `${JSON.stringify(written)} is not available yet (use ${choices.join(' or ')})`;
    }
    if (choices.length > 0) {
      const right = closest(String(written), choices);
      const hint = right === undefined ? '' : ` (use ${right})`;
      return `${JSON.stringify(written)} is none of ${choices.join(', ')}${hint}`;
    }
    return issue.message.replace(/^Invalid input: /, '');
  }

  /** Characters from the begin of a scalar to one within its text, over its quote. */
  #textOffset(at: Where, within: number): number {
    const node = this.#document.getIn(at, true);
    const isQuoted = isScalar(node)
      && (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE);
    return within > 0 && isQuoted ? within + 1 : within;
  }

  #offsetOf(at: Where): number {
    for (let length = at.length; length > 0; length--) {
      const node = this.#document.getIn(at.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  }

  #keyOffset(at: Where, key: string): number {
    const map = at.length === 0 ? this.#document.contents : this.#document.getIn(at, true);
    const pair = isMap(map) ? map.items.find((one) => String(one.key) === key) : undefined;
    return isNode(pair?.key) && pair.key.range ? pair.key.range[0] : this.#offsetOf(at);
  }
}

/** `scenarios/x.yaml:31:12 unknown unit "3 mins" (use 3m)` */
export function sentenceOf(file: string, { line, column, what }: Problem): string {
  return `${file}:${line}:${column} ${what}`;
}

interface Found {
  /** In characters. */
  readonly offset: number;
  readonly what: string;
}

function placed(lines: LineCounter, { offset, what }: Found): Problem {
  return { ...placeOf(lines, offset), what };
}

/** How messages of the parser begin that do not say what would be right, and what is said. */
const WORDS: readonly (readonly [string, string])[] = [
  ['Map keys must be unique', 'this key stands there already (leave one out)'],
  ['Tabs are not allowed', 'a tab indents (use spaces)'],
  ['Implicit ', 'a key ends with a colon (write KEY: VALUE)'],
  ['Source contains multiple', 'a second document begins (one per file: remove this ---)'],
  ['Nested mappings', 'a key begins its line (give it one, or put the text in quotes)'],
];

/** The first of those at one place: the others follow from it. */
function syntaxProblems({ errors }: Document): Found[] {
  const found = new Map<number, string>();
  for (const { message, pos: [offset] } of errors) {
    const words = WORDS.find(([begin]) => message.startsWith(begin))?.[1] ?? message;
    if (!found.has(offset)) found.set(offset, words);
  }
  return [...found].map(([offset, what]) => ({ offset, what }));
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Of the branches of a union the mistakes of the one that was probably meant. */
function meant(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branch = issue.errors.find((inner) => !inner.some(isOfAnotherKind));
  if (branch === undefined) return [issue];
  return branch.flatMap((inner) => meant({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** What may stand there, if the issue is that something else does. */
function choicesOf(issue: z.core.$ZodIssue): readonly unknown[] {
  if (issue.code === 'invalid_value') return issue.values;
  return issue.code === 'invalid_union' && 'options' in issue ? issue.options as unknown[] : [];
}

function isOfAnotherKind(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.every((branch) => branch.some(isOfAnotherKind));
  }
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

/** What a map lacks is no news where one of its keys is misspelt. */
function withoutEchoes(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const misspelt = new Set(issues.filter((issue) => issue.code === 'unrecognized_keys')
    .map((issue) => issue.path.join('.')));
  return issues.filter((issue) => issue.code !== 'custom' || !misspelt.has(issue.path.join('.')));
}

type KnownKeys = (at: Where) => string[];

/** Keys that may stand at a path, from the schema as JSON Schema, which is easy to walk. */
function knownKeys(schema: z.ZodType): KnownKeys {
  // It costs milliseconds, and a text may have thousands of mistakes.
  let root: JsonSchema | undefined;
  return (at) => {
    root ??= z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    let here: JsonSchema[] = [root];
    for (const step of at) here = here.flatMap((one) => below(one, String(step)));
    return here.flatMap(branches).flatMap((one) => Object.keys(one.properties ?? {}));
  };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

function branches(schema: JsonSchema): JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [schema, ...inner.flatMap(branches)];
}

function below(schema: JsonSchema, key: string): JsonSchema[] {
  return branches(schema).flatMap((one) => {
    const found = one.properties?.[key] ?? one.items ?? (one.additionalProperties || undefined);
    return found === undefined ? [] : [found];
  });
}
