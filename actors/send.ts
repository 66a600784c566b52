// Send (LwM2M Core 1.1.1 s6.4.6): a device tells values of its own accord, often a history of them
// with their times. Answered when all of it is on disk, or refused as a whole.

import type { InboundRequest } from '../core/coap/exchange.ts';
import { Code, OptionNumber } from '../core/coap/message.ts';
import { contentFormat, uintOptionOf } from '../core/coap/options.ts';
import { ContentFormat, decodePayload } from '../core/lwm2m/content-format.ts';
import type { Entry } from '../core/lwm2m/value.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Device, Registration } from './device.ts';
import type { Host } from './host.ts';
import { storeValues } from './telemetry.ts';

/** Formats whose records name their own paths. */
const FORMATS: ReadonlySet<number | undefined> = new Set([
  ContentFormat.SENML_CBOR, ContentFormat.SENML_JSON, ContentFormat.LWM2M_CBOR,
]);

/** Seconds until a device may try again when the disk has fallen behind (RFC 7252 s5.9.3.4). */
const BEHIND_MAX_AGE = 30;

/** Endpoints behind one address of which it may be: each is one more look at the values. */
const SENDERS_MAX = 16;

export function onSend(host: Host, request: InboundRequest): void {
  const senders = (host.byPeer.get(request.peer.id) ?? [])
    .filter(({ registration }) => registration !== undefined).slice(0, SENDERS_MAX);
  const now = host.clock.now();
  for (const device of senders) host.hear(device, now);
  if (host.store.backlog() >= host.config.limits.backlogMax) {
    host.counters.shed++;
    const options = [uintOptionOf(OptionNumber.MAX_AGE, BEHIND_MAX_AGE)];
    return host.layer.respond(request, { code: Code.SERVICE_UNAVAILABLE, options });
  }
  if (!FORMATS.has(contentFormat(request.message))) {
    return refuse(host, request, senders, Code.UNSUPPORTED_CONTENT_FORMAT, 'format not of Send');
  }
  let refusal: Refusal = { code: Code.BAD_REQUEST, reason: 'the sender is not registered' };
  for (const device of senders) {
    const entries = entriesFrom(host, device.registration as Registration, request);
    if (entries.ok) {
      const ticket = storeValues(host, device, entries.value, now, 'together');
      return host.afterCommit(ticket, () => {
        host.layer.respond(request, { code: Code.CHANGED });
        host.tell({ kind: 'send', endpoint: device.endpoint, entries: entries.value });
      });
    }
    // Several endpoints behind one address: it is of the first whose objects it names.
    refusal = entries.reason;
  }
  refuse(host, request, senders, refusal.code, refusal.reason);
}

interface Refusal {
  readonly code: number;
  readonly reason: string;
}

function entriesFrom(
  host: Host, { objects }: Registration, { message }: InboundRequest,
): Result<Entry[], Refusal> {
  const models = host.models.of(objects);
  const { payload } = message;
  const now = host.clock.now();
  const entries = decodePayload(contentFormat(message), undefined, payload, now, models);
  if (!entries.ok) return fail({ code: Code.BAD_REQUEST, reason: entries.reason });
  const registered = new Set(objects.instances.map((one) => `/${one.object}/${one.instance}`));
  const stranger = entries.value.find(({ path: { object, instance } }) => (
    !registered.has(`/${object}/${instance}`)));
  if (stranger === undefined) return ok(entries.value);
  const { object, instance } = stranger.path;
  return fail({ code: Code.NOT_FOUND, reason: `/${object}/${instance} is not registered` });
}

function refuse(
  host: Host, request: InboundRequest, senders: readonly Device[], code: number, reason: string,
): void {
  host.counters.undecodable++;
  host.log.warn('Send refused', {
    endpoint: senders.map(({ endpoint }) => endpoint).join(', '), reason,
  });
  host.layer.respond(request, { code });
}
