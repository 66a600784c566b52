// Discover (LwM2M Core 1.1.1 s6.3.2): links to what is there, and what is attached to it.

import { encodeUtf8 } from '../../core/bytes.ts';
import { Code } from '../../core/coap/message.ts';
import { linkAttributesOf } from '../../core/lwm2m/attributes.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import { formatLinks, type LinkAttribute } from '../../core/lwm2m/link-format.ts';
import { defaultVersion } from '../../core/lwm2m/object-list.ts';
import { findObject } from '../../core/lwm2m/objects.ts';
import { formatPath, pathIds, pathOf, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { formatOption } from '../notifications.ts';
import { refused, type Answer } from './answer.ts';
import { isEmptyObject, known } from './tree.ts';

/** The path, what is below it down to resources, of a resource its instances, and their number. */
export function discover(device: SimulatedDevice, path: Path): Answer {
  const paths = path.resourceInstance === undefined ? known(device, path) : [];
  if (paths.length === 0 && !isEmptyObject(device, path)) return refused(Code.NOT_FOUND);
  const levels = pathIds(path).length;
  const deepest = Math.max(3, levels + 1);
  const found = new Map([[formatPath(path), { path, instances: 0 }]]);
  for (const one of paths) {
    const ids = pathIds(one);
    for (let level = levels; level <= deepest; level++) {
      const at = pathOf(ids.slice(0, level));
      const key = formatPath(at);
      const link = found.get(key) ?? { path: at, instances: 0 };
      if (level === 3) link.instances += ids.length - 3;
      found.set(key, link);
    }
  }
  const links = Array.from(found, ([target, { path: at, instances }]) => ({
    target,
    attributes: [
      ...versionOf(at), ...(instances === 0 ? [] : [{ name: 'dim', value: String(instances) }]),
      ...linkAttributesOf(device.pacing?.attached.get(target) ?? {}),
    ],
  }));
  return { response: {
    code: Code.CONTENT, options: [formatOption(ContentFormat.LINK)],
    payload: encodeUtf8(formatLinks(links)),
  } };
}

/** LwM2M Core s7.2.2: of an object, unless it is the one that every 1.1 client has. */
function versionOf({ object, instance }: Path): LinkAttribute[] {
  const version = instance === undefined ? findObject(object)?.version : undefined;
  return version === undefined || version === defaultVersion(object, '1.1') ? []
    : [{ name: 'ver', value: version }];
}
