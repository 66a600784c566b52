// A REST route as data: where a procedure of the router is found by method and path, and what its
// answer promises. Its input and who may call it are the procedure's own; nothing is said twice.

import type { inferRouterOutputs } from '@trpc/server';
import { z } from 'zod';
import type { Audience } from '../roles.ts';
import { appRouter, type AppRouter } from '../router.ts';
import type { Download } from './download.ts';

type Outputs = inferRouterOutputs<AppRouter>;
type NameOf<Part extends keyof Outputs & string> = `${Part}.${keyof Outputs[Part] & string}`;
export type ProcedureName = { [Part in keyof Outputs & string]: NameOf<Part> }[
  keyof Outputs & string];
type OutputOf<Name extends string> = Name extends `${infer Part}.${infer Rest}`
  ? Part extends keyof Outputs ? Rest extends keyof Outputs[Part] ? Outputs[Part][Rest] : never
    : never : never;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type Input = Readonly<Record<string, unknown>>;

/** One way to succeed. Of a route's the first that fits is told, and the document has them all. */
export interface Success<Answer = never> {
  readonly status: 200 | 201 | 202 | 204;
  readonly description: string;
  /** Whether it fits; undefined: always. */
  readonly fits?: (answer: Answer) => boolean;
  /** What Location names, below the prefix. */
  readonly location?: (answer: Answer, input: Input) => string;
}

/** A schema as JSON has it. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly [more: string]: unknown;
}

interface Facts {
  readonly summary: string;
  /** What is taken when a request leaves it out, where the procedure wants it. */
  readonly defaults?: Input;
  /** The property of the input that is the whole body; the others then are in the query. */
  readonly body?: string;
  /** The body is a file, and `body` becomes where it is on the disk. */
  readonly takesFile?: true;
  /** Bytes, where more than usual may come. */
  readonly bodyLimit?: number;
}

export interface Route extends Facts {
  readonly method: Method;
  /** Below the prefix, with parameters like `{endpoint}`. */
  readonly path: string;
  readonly procedure: ProcedureName;
  readonly audience: Audience;
  readonly input: JsonSchema;
  /** undefined: the answer has no body, or is a file. */
  readonly output: z.ZodType | undefined;
  readonly successes: readonly Success[];
  /** Instead of calling the procedure, whose audience it shares. */
  readonly download?: Download;
}

/** The compiler checks that the procedure answers what the schema promises; it may say more. */
export function route<Name extends ProcedureName, Schema extends z.ZodType>(
  place: `${Method} /${string}`, procedure: Name,
  facts: Facts & {
    readonly output: OutputOf<Name> extends z.output<Schema> ? Schema : never;
    /** Where it is more than 200. */
    readonly successes?: readonly Success<OutputOf<Name>>[];
  },
): Route {
  const successes = [{ status: 200, description: 'The answer' }] as const;
  return make(place, procedure, { successes, ...facts });
}

/** Of a procedure that answers nothing. */
export function command(
  place: `${Method} /${string}`, procedure: ProcedureName, facts: Facts,
): Route {
  const successes = [{ status: 204, description: 'Done' }] as const;
  return make(place, procedure, { successes, output: undefined, ...facts });
}

function make(
  place: string, procedure: ProcedureName, facts: Facts & Pick<Route, 'output' | 'successes'>,
): Route {
  const [method = '', path = ''] = place.split(' ');
  const { meta, inputs } = definitions[procedure]._def;
  return {
    ...facts, method: method as Method, path, procedure,
    // As in procedure.ts: forgetting is safe.
    audience: meta?.audience ?? 'admin',
    input: inputs[0] === undefined ? {} : jsonSchema(inputs[0], 'input'),
  };
}

export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io, unrepresentable: 'any',
    // Answers may say more than they promise; what is asked may not.
    override: ({ jsonSchema: one }) => {
      if (io === 'output' && one.additionalProperties === false) delete one.additionalProperties;
    },
  });
  return made as JsonSchema;
}

interface Definition {
  readonly _def: {
    readonly meta?: { readonly audience?: Audience };
    readonly inputs: readonly z.ZodType[];
  };
}

const definitions = appRouter._def.procedures as unknown as
  Readonly<Record<ProcedureName, Definition>>;

export type Place = 'path' | 'query' | 'body';

/** Where a request has each property of the input. */
export function placeOf(name: string, { method, path, body }: Route): Place {
  if (path.includes(`{${name}}`)) return 'path';
  if (method === 'GET' || method === 'DELETE') return 'query';
  return body === undefined || body === name ? 'body' : 'query';
}
