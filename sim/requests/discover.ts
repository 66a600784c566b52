// Discover (LwM2M Core 1.1.1 s6.3.2): links to what is there, and what is attached to it.

import { encodeUtf8 } from '../../core/bytes.ts';
import { Code } from '../../core/coap/message.ts';
import { ContentFormat } from '../../core/lwm2m/content-format.ts';
import { formatPath, pathIds, pathOf, type Path } from '../../core/lwm2m/path.ts';
import type { SimulatedDevice } from '../device.ts';
import { formatOption } from '../notifications.ts';
import { refused, type Answer } from './answer.ts';
import { known } from './tree.ts';

/** The path, what is below it down to resources, and how often those occur. */
export function discover(device: SimulatedDevice, path: Path): Answer {
  const paths = path.resourceInstance === undefined ? known(device, path) : [];
  if (paths.length === 0) return refused(Code.NOT_FOUND);
  const levels = pathIds(path).length;
  const links = new Map<string, number>();
  for (const one of paths) {
    const ids = pathIds(one);
    for (let level = levels; level <= 3; level++) {
      const text = formatPath(pathOf(ids.slice(0, level)));
      links.set(text, (links.get(text) ?? 0) + (level === 3 ? ids.length - 3 : 0));
    }
  }
  const body = [...links].map(([text, instances]) => (
    instances === 0 ? `<${text}>` : `<${text}>;dim=${instances}`)).join(',');
  return { response: {
    code: Code.CONTENT, options: [formatOption(ContentFormat.LINK)], payload: encodeUtf8(body),
  } };
}
