// The REST interface as a page to read, made from its OpenAPI document: everything is in the one
// answer but the styles, and nothing in it runs, as the policy of this server wants it.

import { PREFIX, type DocumentedRoute, type OpenApi } from './openapi.ts';
import type { JsonSchema } from './route.ts';

export function pageOf({ info, paths }: OpenApi): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ path, method, route })));
  const tags = [...new Set(routes.flatMap(({ route }) => route.tags))];
  const sections = tags.map((tag) => `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>`
    + routes.filter(({ route }) => route.tags[0] === tag)
      .map(({ path, method, route }) => routeHtml(method, path, route)).join(''));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>REST API - Flownexus</title>
<link rel="stylesheet" href="${PREFIX}/style.css"></head><body><header>
<h1>REST API</h1><p>Flownexus ${escaped(info.version)}. Send
<code>Authorization: Bearer TOKEN</code>; tokens are made under <a href="/account">Account</a>.
The same as <a href="${PREFIX}/openapi.json">OpenAPI 3.1</a>.</p>
<nav>${tags.map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join(' ')}</nav>
</header><main>${sections.join('')}</main></body></html>`;
}

function routeHtml(method: string, path: string, route: DocumentedRoute): string {
  const { summary, description, parameters, requestBody, responses } = route;
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const rows = parameters.map(({ name, in: place, required, schema }) => `<tr><td><code>${
    escaped(name)}</code></td><td>${place}${required ? ', required' : ''}</td><td>${
    escaped(words(schema))}</td></tr>`).join('');
  const successes = Object.entries(responses).filter(([status]) => status !== 'default');
  // They differ in nothing but the status.
  const answers = Object.values(successes[0]?.[1].content ?? {});
  const title = `Answer (${successes.map(([status]) => status).join(' or ')})`;
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${
    escaped(path)}</code> <span>${escaped(summary)}</span></summary><p>${
    escaped(description)}.</p>${rows === '' ? '' : `<table>${rows}</table>`}${
    body === undefined ? '' : schemaHtml('Body', body)}${
    answers.map(({ schema }) => schema && schemaHtml(title, schema)).join('')}</details>`;
}

function schemaHtml(title: string, schema: JsonSchema): string {
  return `<h3>${title}</h3><pre tabindex="0">${escaped(JSON.stringify(schema, null, 2))}</pre>`;
}

/** `integer, 1 to 500, default 100`. */
function words(schema: JsonSchema): string {
  const { type, minimum, maximum, enum: choices, anyOf, items } = schema;
  const kind = Array.isArray(choices) ? choices.join(' | ')
    : Array.isArray(anyOf) ? anyOf.map((one: JsonSchema) => words(one)).join(' or ')
      : type === 'array' ? `${words(items as JsonSchema)}, may be repeated`
        : [type, schema['format']].filter(Boolean).join(' ');
  const range = minimum !== undefined && maximum !== undefined ? [`${minimum} to ${maximum}`] : [];
  const standard = schema.default === undefined ? []
    : [`default ${JSON.stringify(schema.default)}`];
  return [kind, ...range, ...standard].join(', ');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const STYLE = `:root{color-scheme:light dark;--bg:light-dark(#f6f7f8,#101214);
--surface:light-dark(#fff,#181b1f);--text:light-dark(#16191d,#e6e8ea);
--muted:light-dark(#58606a,#9aa3ad);--line:light-dark(#d9dde1,#2b3036);
--accent:light-dark(#0b57b0,#7ab8ff)}
*{box-sizing:border-box}body{margin:0 auto;max-width:960px;padding:24px 16px;background:var(--bg);
color:var(--text);font:15px/1.5 system-ui,sans-serif}a{color:var(--accent)}
code,pre{font:13px/1.5 ui-monospace,monospace}h2{margin:32px 0 8px;font-size:18px}
h3{margin:12px 0 4px;font-size:14px}nav{display:flex;flex-wrap:wrap;gap:12px}
details{background:var(--surface);border:1px solid var(--line);border-radius:8px;margin:6px 0;
padding:8px 12px}summary{cursor:pointer;overflow-wrap:anywhere}summary b{display:inline-block;
min-width:60px;font-size:12px}summary span,p{color:var(--muted)}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);
padding:4px 12px 4px 0;vertical-align:top}
pre{overflow:auto;max-height:420px;padding:8px;border:1px solid var(--line);
border-radius:6px;background:var(--bg)}`;
