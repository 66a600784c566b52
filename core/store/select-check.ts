// Whether a text is one SELECT on what may be shown: judged by DuckDB's own syntax tree, of which
// every node must be known, so that what a later version adds is refused until it is looked at.
// Bare names mean the views of schema `report`, in which the connection stands.

import type { DuckDBConnection } from '@duckdb/node-api';
import { fail, ok, type Result } from '../result.ts';

/** The views of schema.ts and telemetry-view.ts. */
const TABLES: ReadonlySet<string> = new Set([
  'telemetry', 'device', 'event', 'event_resource', 'device_operation', 'resource_type',
]);
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest']);

/** Functions that are no pure ones by DuckDB's own account, and yet harmless. */
const ALSO_ALLOWED: ReadonlySet<string> = new Set([
  'now', 'today', 'current_date', 'get_current_timestamp', 'random', 'nullif', 'split_part',
  'fdiv', 'fmod', 'date_add', 'geomean', 'weighted_avg', 'days_in_month', 'ago', 'unnest',
]);
/** Pure ones that tell of the server or make much out of little. */
const REFUSED: ReadonlySet<string> = new Set([
  'current_setting', 'getvariable', 'json_serialize_sql', 'json_serialize_plan',
  'json_deserialize_sql', 'parse_duckdb_log_message', 'repeat', 'lpad', 'rpad', 'list_resize',
  'array_resize', 'range', 'generate_series', 'bitstring', 'bar', 'printf', 'format',
]);

const EXPRESSIONS: ReadonlySet<string> = new Set([
  'BETWEEN', 'CASE', 'CAST', 'COLLATE', 'COLUMN_REF', 'COMPARISON', 'CONJUNCTION', 'CONSTANT',
  'FUNCTION', 'LAMBDA', 'OPERATOR', 'POSITIONAL_REFERENCE', 'STAR', 'SUBQUERY', 'WINDOW',
]);
/** Of queries, tables and modifiers; no RECURSIVE_CTE_NODE, which makes much out of little. */
const NODES: ReadonlySet<string> = new Set([
  'SELECT_NODE', 'SET_OPERATION_NODE', 'CTE_NODE', 'BASE_TABLE', 'EMPTY', 'EXPRESSION_LIST', 'JOIN',
  'SUBQUERY', 'TABLE_FUNCTION', 'ORDER_MODIFIER', 'LIMIT_MODIFIER', 'LIMIT_PERCENT_MODIFIER',
  'DISTINCT_MODIFIER', 'ORDER_DEFAULT', 'ASCENDING', 'DESCENDING',
]);
/** A name that no file has. */
const CTE_NAME = /^[a-z_]\w*$/i;

type Tree = Readonly<Record<string, unknown>>;

export class SelectCheck {
  readonly #functions: ReadonlySet<string>;

  private constructor(functions: ReadonlySet<string>) {
    this.#functions = functions;
  }

  static async open(connection: DuckDBConnection): Promise<SelectCheck> {
    const reader = await connection.runAndReadAll(`SELECT DISTINCT function_name
      FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate')
        AND stability = 'CONSISTENT' AND NOT starts_with(function_name, '__')`);
    const names = reader.getRows().map(([name]) => String(name));
    return new SelectCheck(new Set([...names, ...ALSO_ALLOWED].filter((one) => !REFUSED.has(one))));
  }

  /** Fails with one sentence. */
  async check(connection: DuckDBConnection, sql: string): Promise<Result<void>> {
    const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
    const tree = JSON.parse(String(reader.getRows()[0]?.[0])) as {
      readonly error: boolean; readonly error_type?: string; readonly error_message?: string;
      readonly statements?: readonly Tree[];
    };
    if (tree.error_type === 'not implemented') return fail('Only one SELECT can be asked.');
    if (tree.error) return fail(`This is no SQL: ${tree.error_message}.`);
    if (tree.statements?.length !== 1) return fail('Only one SELECT can be asked.');
    const names = new Set<string>();
    const taken = await tableNames(connection);
    const problem = visit(tree.statements[0], (node) => cteProblem(node, names, taken))
      ?? visit(tree.statements[0], (node) => this.#problemOf(node, names));
    return problem === undefined ? ok(undefined) : fail(problem);
  }

  #problemOf(node: Tree, ctes: ReadonlySet<string>): string | undefined {
    const { type, class: kind } = node;
    if (typeof kind === 'string') {
      if (!EXPRESSIONS.has(kind)) return `${kind.toLowerCase()} expressions cannot be asked for.`;
      return kind === 'FUNCTION' || kind === 'WINDOW' ? this.#functionProblem(node) : undefined;
    }
    if (typeof type !== 'string') return undefined;
    if (type === 'BASE_TABLE') return tableProblem(node, ctes);
    if (type === 'TABLE_FUNCTION') {
      const { function_name: name } = node['function'] as Tree;
      return TABLE_FUNCTIONS.has(String(name)) ? undefined : `"${String(name)}" is no table here.`;
    }
    return NODES.has(type) ? undefined : `${type.toLowerCase()} cannot be asked for.`;
  }

  #functionProblem({ function_name: name, schema, catalog }: Tree): string | undefined {
    const isOwn = (schema === '' || schema === 'main') && catalog === '';
    if (isOwn && this.#functions.has(String(name).toLowerCase())) return undefined;
    return `The function "${String(name)}" cannot be used here.`;
  }
}

function tableProblem(node: Tree, ctes: ReadonlySet<string>): string | undefined {
  const { table_name: table, schema_name: schema, catalog_name: catalog, at_clause: at } = node;
  const name = String(table).toLowerCase();
  if (schema === '' && catalog === '' && at === null && (TABLES.has(name) || ctes.has(name))) {
    return undefined;
  }
  return `"${String(table)}" is no table here; there are ${[...TABLES].join(', ')}.`;
}

/**
 * Collects the names of WITH. None may be that of a table which is not shown: inside the query that
 * has the name, it means the table.
 */
function cteProblem(
  { cte_map: map }: Tree, names: Set<string>, taken: ReadonlySet<string>,
): string | undefined {
  const entries = (map as { readonly map?: readonly Tree[] } | undefined)?.map ?? [];
  for (const { key } of entries) {
    const name = String(key).toLowerCase();
    if (!CTE_NAME.test(name) || (taken.has(name) && !TABLES.has(name))) {
      return `"${name}" cannot be a name of WITH here.`;
    }
    names.add(name);
  }
  return undefined;
}

async function tableNames(connection: DuckDBConnection): Promise<ReadonlySet<string>> {
  const reader = await connection.runAndReadAll(`SELECT lower(table_name) FROM duckdb_tables()
    UNION SELECT lower(view_name) FROM duckdb_views()`);
  return new Set(reader.getRows().map(([name]) => String(name)));
}

/** The first problem of this node or one below. Constants and types have nothing that acts. */
function visit(
  value: unknown, judge: (node: Tree) => string | undefined, key = '',
): string | undefined {
  if (typeof value !== 'object' || value === null || key === 'cast_type') return undefined;
  if (Array.isArray(value)) return firstOf(value.map((one) => ['', one]), judge);
  const node = value as Tree;
  // The function of a table function is judged with it, its arguments are not.
  if (key === 'function') return visit(node['children'], judge);
  const problem = judge(node);
  if (problem !== undefined || node['class'] === 'CONSTANT') return problem;
  return firstOf(Object.entries(node), judge);
}

function firstOf(
  entries: readonly (readonly [string, unknown])[], judge: (node: Tree) => string | undefined,
): string | undefined {
  for (const [key, value] of entries) {
    const problem = visit(value, judge, key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
