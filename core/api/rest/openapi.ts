// The routes as an OpenAPI 3.1 document, made from the very schemas that requests are checked by.

import type { Audience } from '../roles.ts';
import { FILE_TYPE } from './files.ts';
import { PROBLEM_TYPE, problem } from './problem.ts';
import { jsonSchema, placeOf, type JsonSchema, type Place, type Route } from './route.ts';

export const PREFIX = '/rest/v1';
const JSON_TYPE = 'application/json';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: JsonSchema;
}

interface Content {
  readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

export interface DocumentedRoute {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly [string];
  readonly security: readonly object[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content & { readonly required: true };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface DocumentedResponse extends Partial<Content> {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedRoute>>>>;
  readonly components: object;
}

export function openApi(routes: readonly Route[], version: string): OpenApi {
  const paths: Record<string, Record<string, DocumentedRoute>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = documented(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Flownexus', version },
    servers: [{ url: PREFIX }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problem, 'output') },
    },
  };
}

function documented(route: Route): DocumentedRoute {
  const { path, summary, audience } = route;
  const body = bodyOf(route);
  return {
    operationId: `${route.method.toLowerCase()}${path.replace(/\W+(\w)/g, (_, letter: string) =>
      letter.toUpperCase()).replace(/\W/g, '')}`,
    summary,
    description: audienceText(audience),
    tags: [path.split('/')[1] ?? ''],
    security: audience === 'anyone' ? [] : [{ token: [] }],
    parameters: [...parametersOf(route, 'path'), ...parametersOf(route, 'query')],
    ...(body !== undefined
      && { requestBody: { required: true, content: body } }),
    responses: responsesOf(route),
  };
}

export function audienceText(audience: Audience): string {
  return audience === 'anyone' ? 'For everybody' : `For the role ${audience} and above`;
}

function responsesOf(route: Route): DocumentedRoute['responses'] {
  const content = contentOf(route);
  const successes = route.successes.map(({ status, description, location }) => [status, {
    description,
    ...(content !== undefined && { content }),
    ...(location !== undefined && { headers: { Location: { schema: { type: 'string' } } } }),
  }] as const);
  return {
    ...Object.fromEntries(successes),
    default: {
      description: 'What went wrong',
      content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  };
}

function contentOf({ output, download }: Route): Content['content'] | undefined {
  if (download !== undefined) return { [download.type]: {} };
  return output && { [JSON_TYPE]: { schema: jsonSchema(output, 'output') } };
}

function parametersOf(route: Route, place: 'path' | 'query'): Parameter[] {
  return propertiesAt(route, place).map(([name, schema]) => ({
    name, in: place,
    required: place === 'path' || isRequired(route, name),
    schema: withDefault(route, name, schema),
  }));
}

function bodyOf(route: Route): Content['content'] | undefined {
  // OpenAPI 3.1 s4.8.14.3: what is no JSON needs no schema.
  if (route.takesFile === true) return { [FILE_TYPE]: {} };
  const schema = bodySchema(route);
  return schema && { [JSON_TYPE]: { schema } };
}

function bodySchema(route: Route): JsonSchema | undefined {
  if (route.body !== undefined) return route.input.properties?.[route.body];
  const properties = propertiesAt(route, 'body')
    .map(([name, schema]) => [name, withDefault(route, name, schema)] as const);
  if (properties.length === 0) return undefined;
  return {
    type: 'object', properties: Object.fromEntries(properties), additionalProperties: false,
    required: properties.map(([name]) => name).filter((name) => isRequired(route, name)),
  };
}

function propertiesAt(route: Route, place: Place): [string, JsonSchema][] {
  return Object.entries(route.input.properties ?? {})
    .filter(([name]) => placeOf(name, route) === place);
}

function isRequired({ input, defaults }: Route, name: string): boolean {
  return (input.required ?? []).includes(name) && !(name in (defaults ?? {}));
}

function withDefault({ defaults }: Route, name: string, schema: JsonSchema): JsonSchema {
  return defaults !== undefined && name in defaults ? { ...schema, default: defaults[name] }
    : schema;
}
