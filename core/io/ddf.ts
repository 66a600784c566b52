// Device description files: the XML in which object models are published (OMA's schemas LWM2M.xsd
// and LWM2M-v1_1.xsd; LwM2M Core 1.1.1 appendix D). What they say beyond the model (URN, version of
// LwM2M) is not read.

import { byId, type ObjectModel, type ResourceModel } from '../lwm2m/objects.ts';
import type { Operations } from '../lwm2m/object-table.ts';
import { ID_MAX } from '../lwm2m/path.ts';
import type { ValueType } from '../lwm2m/value.ts';
import { fail, ok, type Result } from '../result.ts';
import { readXml, type XmlElement, type XmlProblem } from './xml.ts';

const NAME_LENGTH_MAX = 200;

const TYPES: ReadonlyMap<string, ValueType | 'none'> = new Map<string, ValueType | 'none'>([
  ['String', 'string'], ['Integer', 'integer'], ['Unsigned Integer', 'unsigned'],
  ['Float', 'float'], ['Boolean', 'boolean'], ['Opaque', 'opaque'], ['Time', 'time'],
  ['Objlnk', 'objlnk'], ['Corelnk', 'corelnk'], ['', 'none'],
]);
const OPERATIONS = new Map<string, Operations>((['R', 'W', 'RW', 'E', ''] as const)
  .map((one) => [one, one]));
const INSTANCES: ReadonlyMap<string, boolean> = new Map([['Multiple', true], ['Single', false]]);
const PRESENCE: ReadonlyMap<string, boolean> = new Map([['Mandatory', true], ['Optional', false]]);

/** The models of a file, at least one; or the first thing that is wrong, with its line. */
export function parseDdf(bytes: Uint8Array): Result<ObjectModel[], XmlProblem> {
  const read = readXml(bytes);
  if (!read.ok) return read;
  try {
    return ok(modelsOf(read.value));
  } catch (error) {
    if (error instanceof Mistake) return fail({ line: error.line, what: error.message });
    throw error;
  }
}

/** `thing.xml:12 has no Name where one belongs` */
export function ddfSentence(file: string, { line, what }: XmlProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`} ${what}`;
}

/** Leaves the middle of a file; never leaves this module. */
class Mistake extends Error {
  readonly line: number;

  constructor({ line }: XmlElement, what: string) {
    super(what);
    this.line = line;
  }
}

function modelsOf(root: XmlElement): ObjectModel[] {
  if (root.name !== 'LWM2M') {
    throw new Mistake(root, `begins with <${shorten(root.name)}>; an object definition begins `
      + 'with <LWM2M>');
  }
  const objects = root.children.filter(({ name }) => name === 'Object');
  if (objects.length === 0) throw new Mistake(root, 'has no Object');
  return objects.map(objectModel);
}

function objectModel(element: XmlElement): ObjectModel {
  const id = idOf(required(element, 'ObjectID'), textOf(element, 'ObjectID'));
  return {
    id,
    version: versionOf(element),
    name: nameOf(element),
    description: [textOf(element, 'Description1'), textOf(element, 'Description2')]
      .filter((text) => text !== '').join('\n\n'),
    multiple: choiceOf(element, 'MultipleInstances', INSTANCES),
    mandatory: choiceOf(element, 'Mandatory', PRESENCE),
    resources: resourceModels(required(element, 'Resources')),
  };
}

function resourceModels({ children }: XmlElement): ObjectModel['resources'] {
  const models = new Map<number, ResourceModel>();
  for (const item of children) {
    if (item.name !== 'Item') continue;
    const model = resourceModel(item);
    if (models.has(model.id)) throw new Mistake(item, `has resource ${model.id} a second time`);
    models.set(model.id, model);
  }
  return byId([...models.values()]);
}

function resourceModel(element: XmlElement): ResourceModel {
  const operations = choiceOf(element, 'Operations', OPERATIONS);
  const type = choiceOf(element, 'Type', TYPES);
  return {
    id: idOf(element, element.attributes['ID'] ?? ''),
    name: nameOf(element),
    operations,
    // Some definitions give the argument of an Execute a type; it has no value to be of one.
    type: operations === 'E' ? 'none' : type,
    multiple: choiceOf(element, 'MultipleInstances', INSTANCES),
    mandatory: choiceOf(element, 'Mandatory', PRESENCE),
    unit: textOf(element, 'Units'),
    range: textOf(element, 'RangeEnumeration'),
    description: textOf(element, 'Description'),
  };
}

/** LwM2M Core 1.1.1 s7.2.2: an object whose definition gives no version is of version 1.0. */
function versionOf(element: XmlElement): string {
  const text = textOf(element, 'ObjectVersion');
  const numbers = /^(\d{1,3})\.(\d{1,3})$/.exec(text === '' ? '1.0' : text);
  if (numbers === null) {
    const at = child(element, 'ObjectVersion') ?? element;
    throw new Mistake(at, `has the ObjectVersion "${shorten(text)}"; right is one like 1.0`);
  }
  return `${Number(numbers[1])}.${Number(numbers[2])}`;
}

function nameOf(element: XmlElement): string {
  const text = textOf(element, 'Name').replaceAll(/\s+/g, ' ');
  if (text === '') throw new Mistake(element, 'has no Name where one belongs');
  return text.slice(0, NAME_LENGTH_MAX);
}

function idOf(at: XmlElement, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > ID_MAX) {
    throw new Mistake(at, `has the id "${shorten(text)}"; right is a number from 0 to ${ID_MAX}`);
  }
  return Number(text);
}

function choiceOf<Value>(
  element: XmlElement, name: string, choices: ReadonlyMap<string, Value>,
): Value {
  const at = required(element, name);
  const choice = choices.get(at.text);
  if (choice !== undefined) return choice;
  const right = [...choices.keys()].map((key) => (key === '' ? 'nothing' : key)).join(', ');
  throw new Mistake(at, `has the ${name} "${shorten(at.text)}"; right is one of ${right}`);
}

function textOf(element: XmlElement, name: string): string {
  return child(element, name)?.text ?? '';
}

function required(element: XmlElement, name: string): XmlElement {
  const found = child(element, name);
  if (found === undefined) throw new Mistake(element, `has no ${name} where one belongs`);
  return found;
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name);
}

/** On one line, and no longer than a sentence can bear. */
function shorten(text: string): string {
  const line = text.slice(0, 200).replaceAll(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
