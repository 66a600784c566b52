// Which instances of a device say where it is, and how places and lengths read. Pure.

import type { DeviceObject, Place } from '../wire.ts';

/** LwM2M Core 1.1.1 E.7 and IPSO's Location: the resources with latitude and longitude. */
const LOCATIONS: Readonly<Record<number, readonly [latitude: number, longitude: number]>> = {
  6: [0, 1], 3336: [5514, 5515],
};

/** Paths of the instances that say where a device is. */
export function locationsOf(objects: readonly DeviceObject[]): string[] {
  return objects.filter(({ id }) => LOCATIONS[id] !== undefined)
    .flatMap(({ id, instances }) => instances.map((instance) => `/${id}/${instance.id}`));
}

export function resourcesOf(location: string): readonly [latitude: string, longitude: string] {
  const [latitude, longitude] = LOCATIONS[Number(location.split('/')[1])] ?? [0, 1];
  return [`${location}/${latitude}`, `${location}/${longitude}`];
}

/** 59.913° N 10.752° E; five digits are a metre. */
export function placeText({ latitude, longitude }: Place): string {
  return `${angle(latitude, 'N', 'S')} ${angle(longitude, 'E', 'W')}`;
}

function angle(value: number, positive: string, negative: string): string {
  return `${Math.abs(value).toFixed(5)}° ${value < 0 ? negative : positive}`;
}

export function lengthText(metres: number): string {
  return metres < 1_000 ? `${metres} m` : `${metres / 1_000} km`;
}
