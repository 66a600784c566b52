// From an HTTP request to the input of a procedure. Texts of the path and the query become numbers,
// truth values and lists as the schema has them; what is wrong with them the schema says itself.

import type { FastifyRequest } from 'fastify';
import { refuse } from '../errors.ts';
import { placeOf, type Input, type JsonSchema, type Route } from './route.ts';

const NUMBER = /^-?\d+(\.\d+)?$/;

export function inputOf(route: Route, request: FastifyRequest): Input | undefined {
  const { properties } = route.input;
  if (properties === undefined) return undefined;
  const params = request.params as Readonly<Record<string, string>>;
  const query = request.query as Readonly<Record<string, string | readonly string[]>>;
  const input: Record<string, unknown> = { ...route.defaults };
  for (const [name, text] of Object.entries(query)) {
    const schema = properties[name];
    if (schema === undefined || placeOf(name, route) !== 'query') {
      return refuse('BAD_REQUEST', `There is no "${name}" in the query.`);
    }
    input[name] = valueOf(text, schema);
  }
  if (route.body !== undefined) input[route.body] = request.body ?? undefined;
  else if (typeof request.body === 'object') Object.assign(input, request.body);
  // Last, so that nothing else names another device than the address does.
  for (const [name, text] of Object.entries(params)) {
    input[name] = valueOf(text, properties[name] ?? {});
  }
  return input;
}

function valueOf(text: string | readonly string[], schema: JsonSchema): unknown {
  if (schema.type === 'array') {
    const items = schema['items'] as JsonSchema;
    return (typeof text === 'string' ? [text] : text).map((item) => valueOf(item, items));
  }
  if (typeof text !== 'string') return text;
  switch (schema.type) {
    case 'boolean': return text === 'true' ? true : text === 'false' ? false : text;
    case 'integer': case 'number': return numberOf(text);
    // A choice: a time is a number or a text.
    default: return takesNumbers(schema) ? numberOf(text) : text;
  }
}

function numberOf(text: string): number | string {
  return NUMBER.test(text) ? Number(text) : text;
}

function takesNumbers({ anyOf }: JsonSchema): boolean {
  return Array.isArray(anyOf)
    && anyOf.some(({ type }: JsonSchema) => type === 'number' || type === 'integer');
}
