// Registrations as the compatible interface says them: the object list with its attributes as they
// were sent, quotes included, and what of it is there.

import { attributeText, parseLinks, type Link } from '../../lwm2m/link-format.ts';
import { parseObjectList } from '../../lwm2m/object-list.ts';
import type { RegistrationRow } from '../../store/changes.ts';
import type { Registered, UpdateFacts } from '../management.ts';

interface Links {
  readonly rootPath: string;
  readonly objectLinks: readonly object[];
  readonly availableInstances: Readonly<Record<string, readonly number[]>>;
}

/** A fleet of one firmware has one list; the table is cleared when it holds this many. */
const REMEMBERED_MAX = 200;
const remembered = new Map<string, Links>();

export function registrationJson({ endpoint, registration: row, isAsleep }: Registered): object {
  const { rootPath, objectLinks, availableInstances } = linksOf(row.lwm2mVersion, row.links);
  return {
    endpoint,
    registrationId: row.id,
    registrationDate: row.registeredAt,
    lastUpdate: row.updatedAt,
    address: addressOf(row),
    lwM2mVersion: row.lwm2mVersion,
    lifetime: row.lifetime,
    ...(row.smsNumber !== undefined && { smsNumber: row.smsNumber }),
    bindingMode: bindingOf(row),
    rootPath,
    objectLinks,
    secure: false,
    additionalRegistrationAttributes: attributesOf(row.unknownParameters),
    queuemode: row.queueMode,
    availableInstances,
    ...(row.queueMode && { sleeping: isAsleep }),
  };
}

export function updateJson(
  { registration: row }: Registered, { lifetime, smsNumber, links }: UpdateFacts,
): object {
  const { rootPath, objectLinks } = linksOf(row.lwm2mVersion, row.links);
  return {
    registrationId: row.id,
    address: addressOf(row),
    ...(smsNumber !== undefined && { smsNumber }),
    ...(lifetime !== undefined && { lifetime }),
    alternatePath: rootPath,
    ...(links !== undefined && { objectLinks }),
    secure: false,
    additionalAttributes: {},
  };
}

export function linkJson({ target, attributes }: Link): object {
  return {
    url: target,
    attributes: Object.fromEntries(attributes
      .flatMap(({ name, value }) => value === undefined ? [] : [[name, attributeText(value)]])),
  };
}

function addressOf({ host, port }: RegistrationRow): string {
  return `${host}:${port}`;
}

/** LwM2M 1.0 says queue mode in its binding; 1.1 has a parameter for it. */
function bindingOf({ lwm2mVersion, binding, queueMode }: RegistrationRow): string {
  return lwm2mVersion === '1.0' && queueMode ? binding.replace('U', 'UQ') : binding;
}

function attributesOf(parameters: readonly string[]): object {
  return Object.fromEntries(parameters.flatMap((parameter) => {
    const [name = '', ...value] = parameter.split('=');
    return value.length === 0 ? [] : [[name, value.join('=')]];
  }));
}

function linksOf(version: string, source: string): Links {
  const key = `${version} ${source}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const found = readLinks(version === '1.0' ? '1.0' : '1.1', source);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(key, found);
  return found;
}

function readLinks(version: '1.0' | '1.1', source: string): Links {
  const links = parseLinks(source);
  const list = parseObjectList(source, version);
  const availableInstances: Record<string, number[]> = {};
  for (const { object, instance } of list.ok ? list.value.instances : []) {
    (availableInstances[object] ??= []).push(instance);
  }
  return {
    rootPath: list.ok && list.value.rootPath !== '' ? list.value.rootPath : '/',
    objectLinks: links.ok ? links.value.map(linkJson) : [],
    availableInstances,
  };
}
