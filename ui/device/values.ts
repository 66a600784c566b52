// Values of resources as people read them, and names for resources that say which one is meant.

import { day, exact, measured } from '../format.ts';
import type { DeviceObject, Resource, Value } from '../wire.ts';

const TEXT_MAX = 60;
const SENSOR_UNITS = 5701;

/** A value without its unit. Integers stay exact: they come as text. */
export function valueText({ type, value }: Value): string {
  if (value === null) return 'not a number';
  switch (type) {
    case 'integer':
    case 'unsigned': return String(value).replace('-', '−');
    case 'float': return measured(Number(value));
    case 'time': return day(Number(value));
    case 'boolean': return value === true ? 'true' : 'false';
    case 'opaque': return value === '' ? 'empty' : shorten(String(value));
    case 'objlnk': return `/${String(value).replace(':', '/')}`;
    default: return value === '' ? 'empty' : shorten(String(value));
  }
}

/** The whole value, for those that are shortened. */
export function wholeValue({ type, value }: Value): string {
  return type === 'time' && value !== null ? exact(Number(value)) : String(value);
}

/** A resource's own name, or its object's where the name alone says nothing. */
export function chartLabel(object: DeviceObject, instance: number, resource: Resource): string {
  const name = resource.name === 'Sensor Value' ? object.name : resource.name;
  return object.instances.length > 1 ? `${name} ${instance}` : name;
}

/** The model's unit; for a sensor value, which has none, what the sensor says in 5701. */
export function unitOf(
  path: string, resource: Resource, values: Readonly<Record<string, readonly { value: Value }[]>>,
): string {
  if (resource.unit !== '') return unitText(resource.unit);
  const told = resource.numeric
    ? values[path.replace(/\d+$/, String(SENSOR_UNITS))]?.[0]?.value : undefined;
  return /^\/33\d\d\//.test(path) && told?.type === 'string' ? unitText(String(told.value)) : '';
}

/** The unit as written beside a number. */
function unitText(unit: string): string {
  return unit === 'Cel' ? '°C' : unit === '/100' ? '%' : unit;
}

function shorten(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}
