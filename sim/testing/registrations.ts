// Register requests drawn by fast-check: as clients in the field write them, and as none should.

import fc from 'fast-check';
import { OBJECTS } from '../../core/lwm2m/objects.ts';
import { ID_MAX } from '../../core/lwm2m/path.ts';

/** The query of a Register and its body, a list of objects in link format. */
export interface RegisterRequest {
  readonly query: readonly string[];
  readonly objects: string;
}

/** Objects that no client lists: Security, OSCORE, COSE (LwM2M Core 1.1.1 s6.2.1). */
const UNLISTED = [0, 21, 23];
const LIFETIME_MAX = 2 ** 32 - 1;
const ENDPOINT_LENGTH_MAX = 40;

/** Well-formed: a server that has room for it answers 2.01. */
export function registerRequest(): fc.Arbitrary<RegisterRequest> {
  const version = fc.constantFrom(undefined, '1.0', '1.1', '1.2');
  return version.chain((lwm2m) => fc.record({
    query: fc.tuple(endpoint(), settings(bindingsOf(lwm2m)))
      .chain(([ep, rest]) => fc.shuffledSubarray([
        `ep=${ep}`, ...lwm2m === undefined ? [] : [`lwm2m=${lwm2m}`], ...rest,
      ], { minLength: 1 + (lwm2m === undefined ? 0 : 1) + rest.length })),
    objects: objectList(),
  }));
}

/** With a mistake: something missing, twice, out of its range, of a newer version, or nonsense. */
export function oddRegisterRequest(): fc.Arbitrary<RegisterRequest> {
  const word = fc.oneof(
    fc.string(), fc.stringMatching(/^(ep|lt|b|Q|lwm2m|sms)=?[-UQ0-9.]{0,12}$/),
    fc.constantFrom('ep=', 'lt=-1', 'lt=day', 'lwm2m=1.3', 'b=UU', 'Q=1', 'Q', 'x=1'),
  );
  const body = fc.oneof(fc.string(), fc.stringMatching(/^[<>/;,="\\ \da-c]{0,40}$/));
  return fc.record({
    before: registerRequest(), kept: fc.integer({ min: 0, max: 6 }),
    added: fc.array(word, { maxLength: 18 }), objects: fc.option(body, { nil: undefined }),
  }).map(({ before, kept, added, objects }) => ({
    query: [...before.query.slice(0, kept), ...added], objects: objects ?? before.objects,
  }));
}

const BINDINGS_1_0 = ['U', 'UQ', 'S', 'SQ', 'US', 'UQS'];
const BINDINGS_1_1 = ['U', 'T', 'S', 'N', 'UT', 'SU'];
const BINDINGS_1_2 = [...BINDINGS_1_1, 'M', 'H', 'UMH'];

function bindingsOf(lwm2m: string | undefined): readonly string[] {
  if (lwm2m === '1.2') return BINDINGS_1_2;
  return lwm2m === '1.1' ? BINDINGS_1_1 : BINDINGS_1_0;
}

/** What fits in a name: neither control characters nor text that is not Unicode. */
function endpoint(): fc.Arbitrary<string> {
  const usual = fc.stringMatching(/^[a-z][A-Za-z0-9:._-]{0,39}$/);
  const any = fc.string({ unit: 'grapheme', minLength: 1, maxLength: ENDPOINT_LENGTH_MAX })
    .filter((text) => !/[\p{Cc}\p{Cs}\ufffd]/u.test(text));
  return fc.oneof({ weight: 3, arbitrary: usual }, any);
}

/** Parameters in any combination, each at most once. */
function settings(bindings: readonly string[]): fc.Arbitrary<string[]> {
  const lifetime = fc.oneof(fc.constantFrom(60, 300, 86_400), fc.nat({ max: LIFETIME_MAX }));
  return fc.tuple(
    fc.option(lifetime.map((seconds) => `lt=${seconds}`)),
    fc.option(fc.constantFrom(...bindings).map((letters) => `b=${letters}`)),
    fc.option(fc.constant('Q')),
    fc.option(fc.stringMatching(/^\d{3,15}$/).map((digits) => `sms=${digits}`)),
    fc.option(fc.stringMatching(/^[a-z]{4,8}=\w{0,8}$/)),
  ).map((items) => items.filter((item) => item !== null));
}

/** Known objects and others, with an instance each or alone, and sometimes the root link first. */
function objectList(): fc.Arbitrary<string> {
  const known = fc.constantFrom(...[...OBJECTS.keys()].filter((id) => !UNLISTED.includes(id)));
  const other = fc.integer({ min: 100, max: ID_MAX });
  const instance = fc.option(fc.nat({ max: 3 }), { nil: undefined });
  const link = fc.tuple(fc.oneof({ weight: 4, arbitrary: known }, other), instance)
    .map(([object, id]) => id === undefined ? `</${object}>` : `</${object}/${id}>`);
  const links = fc.uniqueArray(link, { minLength: 1, maxLength: 12 });
  const root = fc.constantFrom('', '</>;rt="oma.lwm2m";ct=112,', '</>;ct="11542 112",');
  return fc.tuple(root, links).map(([first, list]) => first + list.join(','));
}
