// What is wanted of a device, as people write it: a line for each thing. What is wrong with a line
// the server tells. Pure.

import type { DeviceNews } from '../wire.ts';

export type Wants = DeviceNews['declared'];
export type Area = 'observe' | 'attributes' | 'read' | 'hold';
export type WantsTexts = Readonly<Record<Area, string>>;

/** `/3/0/9 + /4/0/2`: reported together. */
const TOGETHER = /\s*\+\s*/;

export function textsOf(wants: Wants): WantsTexts {
  return {
    observe: [...wants.observe, ...wants.observeTogether.map((paths) => paths.join(' + '))]
      .join('\n'),
    attributes: Object.entries(wants.attributes).map(([path, attributes]) => [
      path, ...Object.entries(attributes)
        .map(([name, value]) => value === null ? name : `${name}=${value}`),
    ].join(' ')).join('\n'),
    read: wants.read.join('\n'),
    hold: Object.entries(wants.hold).map(([path, value]) => `${path} = ${textOf(value)}`)
      .join('\n'),
  };
}

/** What the texts say; of the rest, what was declared stays. */
export function wantsIn(texts: WantsTexts, declared: Wants) {
  const observed = linesOf(texts.observe);
  return {
    ...declared,
    logs: [...declared.logs],
    observe: observed.filter((line) => !line.includes('+')),
    observeTogether: observed.filter((line) => line.includes('+'))
      .map((line) => line.split(TOGETHER)),
    attributes: Object.fromEntries(linesOf(texts.attributes).map((line) => {
      const [path = '', ...attributes] = line.split(/\s+/);
      return [path, Object.fromEntries(attributes.map(attributeIn))];
    })) as { [Path in string]: Wants['attributes'][string] },
    read: linesOf(texts.read),
    hold: Object.fromEntries(linesOf(texts.hold).map((line) => {
      const [, path = line, value = ''] = /^([^\s=]*)\s*=\s*(.*)$/.exec(line) ?? [];
      return [path, valueIn(value)];
    })),
  };
}

/** Where what the server found wrong stands: `wanted.observe.1` as area and line. */
export function placeOf(
  name: string, wants: ReturnType<typeof wantsIn>,
): { readonly area: Area; readonly line: string } {
  const [, of = '', ...rest] = name.split('.');
  const key = rest[0] ?? '';
  switch (of) {
    case 'read': return { area: 'read', line: wants.read[Number(key)] ?? '' };
    case 'attributes': return { area: 'attributes', line: rest.join(' ') };
    case 'hold': return { area: 'hold', line: key };
    case 'observeTogether':
      return { area: 'observe', line: wants.observeTogether[Number(key)]?.join(' + ') ?? '' };
    default: return { area: 'observe', line: wants.observe[Number(key)] ?? '' };
  }
}

/** What of an area is not so, and why. */
export function unmetIn(area: Area, { notObserving, unmet }: DeviceNews) {
  switch (area) {
    case 'observe': return notObserving;
    case 'attributes': return unmet.filter(({ kind }) => kind === 'write-attributes');
    case 'hold': return unmet.filter(({ kind }) => kind === 'write');
    case 'read': return [];
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

/** `pmin=10`, or `pmin` to take it away; what is no number the server speaks against. */
function attributeIn(text: string): [string, number | string | null] {
  const [name = '', value] = text.split('=');
  if (value === undefined) return [name, null];
  return [name, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value];
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/** A number, true, false, or a text, in quotes where it could be taken for one of them. */
function valueIn(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  if (NUMBER.test(text) && String(Number(text)) === text) return Number(text);
  const quoted = /^"(.*)"$/.exec(text);
  return quoted?.[1] ?? text;
}

function textOf(value: string | number | boolean): string {
  const text = String(value);
  return typeof value === 'string' && (valueIn(text) !== text || text !== text.trim())
    ? `"${text}"` : text;
}
