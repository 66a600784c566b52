// What a device says in a Register and an Update (LwM2M Core 1.1.1 s6.2, Transport 1.1.1 s6.4.3):
// query and object list in, typed command or the exact error answer out. Who may register and
// what becomes of the registration is decided elsewhere.

import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { Code } from '../coap/message.ts';
import type { Milliseconds, Seconds } from '../ports.ts';
import { fail, ok, type Failure, type Result } from '../result.ts';
import { ContentFormat } from './content-format.ts';
import {
  LWM2M_VERSIONS, parseObjectList, type Lwm2mVersion, type ObjectList,
} from './object-list.ts';

export { parseObjectList, type Lwm2mVersion, type ObjectList } from './object-list.ts';

export interface RegisterCommand {
  readonly endpoint: string;
  readonly lwm2mVersion: Lwm2mVersion;
  /** 0 is without end. */
  readonly lifetime: Seconds;
  /** The letters of `b` without Q, like `U`. */
  readonly binding: string;
  readonly queueMode: boolean;
  readonly smsNumber?: string | undefined;
  readonly objects: ObjectList;
  /** Parameters no specification knows, as received; kept for people to see. */
  readonly unknownParameters: readonly string[];
}

/** What is absent stays as it was. */
export interface UpdateCommand {
  readonly lifetime?: Seconds;
  readonly binding?: string;
  readonly queueMode?: boolean;
  readonly smsNumber?: string;
  readonly objects?: ObjectList;
}

export interface Refused {
  /** The CoAP code to answer. */
  readonly code: number;
  /** For the operator, never for the peer. */
  readonly reason: string;
  /** Who it was, '' when that could not be read. */
  readonly endpoint: string;
}

/** LwM2M Core 1.1.1 s6.2.1: what a Register without `lt` means. */
export const LIFETIME_DEFAULT: Seconds = 86_400;
/** How long one without end lasts: 136 years, so that no reader of times needs a special case. */
export const LIFETIME_INFINITE: Seconds = 4_294_967_295;
export const ENDPOINT_BYTES_MAX = 255;
export const PARAMETERS_MAX = 16;

const REGISTER_PARAMETERS: ReadonlySet<string> =
  new Set(['ep', 'lt', 'lwm2m', 'b', 'Q', 'sms', 'pid']);

export function parseRegister(
  query: readonly string[], contentFormat: number | undefined, payload: Uint8Array,
): Result<RegisterCommand, Refused> {
  const endpoint = parseEndpoint(query);
  if (!endpoint.ok) return refuse('', endpoint.reason);
  const name = endpoint.value;
  const parameters = parseParameters(query);
  if (!parameters.ok) return refuse(name, parameters.reason);
  // The version comes before the rest: a newer client's other parameters may be new too, and
  // Anjay steps down to 1.1 only on 4.12.
  const written = parameters.value.get('lwm2m') ?? '1.0';
  if (!/^\d\.\d$/.test(written)) return refuse(name, `lwm2m ${quote(written)} is not a version`);
  const version = LWM2M_VERSIONS.find((known) => known === written);
  if (version === undefined) {
    const reason = `speaks LwM2M ${written}; this server speaks ${LWM2M_VERSIONS.join(', ')}`;
    return refuse(name, reason, Code.PRECONDITION_FAILED);
  }
  if (version === '1.2' && payload.length === 0) return refuse(name, UNLISTED, Code.CONFLICT);
  const settings = parseSettings(parameters.value);
  if (!settings.ok) return refuse(name, settings.reason);
  const objects = parseBody(contentFormat, payload, version);
  if (!objects.ok) return refuse(name, objects.reason);
  return ok({
    endpoint: name,
    lwm2mVersion: version,
    lifetime: LIFETIME_DEFAULT,
    binding: 'U',
    queueMode: false,
    ...settings.value,
    objects: objects.value,
    unknownParameters: query.filter((item) => !REGISTER_PARAMETERS.has(keyOf(item))),
  });
}

/** `lwm2mVersion` is that of the registration: it decides what `b` says about queue mode. */
export function parseUpdate(
  query: readonly string[], contentFormat: number | undefined, payload: Uint8Array,
  lwm2mVersion: Lwm2mVersion,
): Result<UpdateCommand, Refused> {
  const parameters = parseParameters(query);
  if (!parameters.ok) return refuse('', parameters.reason);
  const settings = parseSettings(parameters.value);
  if (!settings.ok) return refuse('', settings.reason);
  // LwM2M 1.0 has no Q: its `b` says both, so a `b` without Q ends queue mode.
  const command: UpdateCommand = lwm2mVersion === '1.0' && settings.value.binding !== undefined
    ? { queueMode: false, ...settings.value }
    : settings.value;
  if (payload.length === 0) {
    const changesProfile = lwm2mVersion === '1.2' && parameters.value.has('pid');
    return changesProfile ? refuse('', UNLISTED, Code.CONFLICT) : ok(command);
  }
  const objects = parseBody(contentFormat, payload, lwm2mVersion);
  return objects.ok ? ok({ ...command, objects: objects.value }) : refuse('', objects.reason);
}

/**
 * LwM2M Core 1.2.2 s6.2.1: instead of a list a device may send the id of a profile that stands for
 * it. No profile is known here, and on 4.09 it registers with the list.
 */
const UNLISTED = 'gives no list of its objects, and profile ids are not known here';

type Parameters = ReadonlyMap<string, string>;

/** The query as a set; `Q` and `Q=` are the same. */
function parseParameters(query: readonly string[]): Result<Parameters> {
  if (query.length > PARAMETERS_MAX) return fail(`more than ${PARAMETERS_MAX} parameters`);
  const parameters = new Map<string, string>();
  for (const item of query) {
    const key = keyOf(item);
    if (parameters.has(key)) return fail(`parameter ${quote(key)} is given twice`);
    parameters.set(key, item.slice(key.length + 1));
  }
  return ok(parameters);
}

function keyOf(item: string): string {
  const end = item.indexOf('=');
  return end === -1 ? item : item.slice(0, end);
}

/** LwM2M Core 1.1.1 s7.3.1: any UTF-8; what cannot be shown or told apart is refused. */
function parseEndpoint(query: readonly string[]): Result<string> {
  const endpoint = query.find((item) => item.startsWith('ep='))?.slice(3) ?? '';
  if (endpoint === '') return fail('names no endpoint');
  // U+FFFD stands for bytes that were not UTF-8: different names would become one.
  if (/[\p{Cc}\ufffd]/u.test(endpoint)) {
    return fail(`endpoint ${quote(endpoint)} has control characters or is not UTF-8`);
  }
  if (encodeUtf8(endpoint).length > ENDPOINT_BYTES_MAX) {
    return fail(`endpoint is longer than ${ENDPOINT_BYTES_MAX} bytes`);
  }
  return ok(endpoint);
}

type Settings = Omit<UpdateCommand, 'objects'>;

/** What Register and Update share. */
function parseSettings(parameters: Parameters): Result<Settings> {
  const lifetime = parseLifetime(parameters.get('lt'));
  if (!lifetime.ok) return lifetime;
  const letters = parameters.get('b');
  if (letters !== undefined && !isBinding(letters)) {
    return fail(`binding ${quote(letters)} is none of the letters ${BINDINGS}, each once`);
  }
  const flag = parameters.get('Q');
  if (flag !== undefined && flag !== '') return fail(`Q has the value ${quote(flag)}, takes none`);
  const smsNumber = parameters.get('sms');
  return ok({
    ...(lifetime.value !== undefined && { lifetime: lifetime.value }),
    ...(letters !== undefined && { binding: letters.replace('Q', '') || 'U' }),
    ...((flag !== undefined || letters?.includes('Q')) && { queueMode: true }),
    ...(smsNumber !== undefined && { smsNumber }),
  });
}

function parseLifetime(text: string | undefined): Result<Seconds | undefined> {
  if (text === undefined) return ok(undefined);
  if (!/^-?\d{1,10}$/.test(text)) return fail(`lifetime ${quote(text)} is not a number of seconds`);
  const written = Number(text);
  // Zephyr prints its unsigned lifetime with %d: 4294967295 arrives as -1.
  const lifetime = written < 0 && written >= -(2 ** 31) ? written + 2 ** 32 : written;
  if (lifetime < 0 || lifetime > LIFETIME_INFINITE) return fail(`lifetime ${text} is out of range`);
  return ok(lifetime);
}

/** When a registration ends of which nothing was heard since. */
export function endOfLifetime(lifetime: Seconds, since: Milliseconds): Milliseconds {
  // LwM2M Core 1.2 E.2: zero means without end; older clients already write it.
  return since + (lifetime === 0 ? LIFETIME_INFINITE : lifetime) * 1000;
}

/** LwM2M 1.0 writes UQ, UQS; 1.1 letters in any order, 1.2 M and H among them; Q is tolerated. */
const BINDINGS = 'UMHTSNQ';

function isBinding(letters: string): boolean {
  return letters !== '' && new Set(letters).size === letters.length
    && [...letters].every((letter) => BINDINGS.includes(letter));
}

function parseBody(
  contentFormat: number | undefined, payload: Uint8Array, version: Lwm2mVersion,
): Result<ObjectList> {
  // Wakaama leaves the Content-Format out of an Update with a body.
  if (contentFormat !== undefined && contentFormat !== ContentFormat.LINK) {
    return fail(`object list has content format ${contentFormat} instead of 40`);
  }
  const source = decodeUtf8(payload);
  if (source === undefined) return fail('object list is not UTF-8');
  const objects = parseObjectList(source, version);
  // LwM2M Core 1.1.1 s6.2.1: the list is mandatory; one without objects says nothing.
  return objects.ok && objects.value.objects.length === 0 ? fail('names no object') : objects;
}

function refuse(
  endpoint: string, reason: string, code: number = Code.BAD_REQUEST,
): Failure<Refused> {
  return fail({ code, reason, endpoint });
}

/** A peer's text inside a reason: escaped, and short. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
