// Planted bugs: small mistakes as people make them, each a patch of one source file. The swarm has
// to find them; mutants.ts plants them in a copy of the sources, never here.

export type Area =
  'message layer' | 'observe' | 'registration' | 'queue mode' | 'values' | 'store' | 'clock';

export interface Mutant {
  readonly name: string;
  readonly area: Area;
  /** Below the project's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** In place of an oracle, when a seed has to be given up. */
export const NEVER_ENDED = 'never ended';

const EXCHANGE = 'core/coap/exchange.ts';
const OUTBOX = 'core/coap/outbox.ts';
const UPLINK = 'actors/uplink.ts';
const DOWNLINK = 'actors/downlink.ts';
const HOST = 'actors/host.ts';
const MACHINE = 'actors/session.machine.ts';
const RESTORE = 'actors/restore.ts';
const OPERATIONS = 'actors/operations.ts';
const TIMERS = 'core/timers.ts';
const CBOR = 'core/lwm2m/cbor.ts';

const MESSAGE_LAYER: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'a duplicate is handled twice', file: EXCHANGE,
    find: 'const slot = state.recent.find(message.mid, now);', replace: 'const slot = NOT_FOUND;',
  },
  {
    name: 'Message IDs are forgotten after ACK_TIMEOUT', file: 'core/coap/parameters.ts',
    find: 'return maxTransmitSpan(ackTimeout) + 2 * MAX_LATENCY + ackTimeout;',
    replace: 'return ackTimeout;',
  },
  {
    name: 'one retransmission too many', file: OUTBOX,
    find: 'if (outbound.retransmissions === MAX_RETRANSMIT) {',
    replace: 'if (outbound.retransmissions > MAX_RETRANSMIT) {',
  },
  {
    name: 'the back-off does not double', file: OUTBOX,
    find: 'outbound.timeout *= 2;', replace: 'outbound.timeout += outbound.timeout / 2;',
  },
  {
    name: 'empty acknowledgements are not matched', file: OUTBOX,
    find: 'this.#onAcknowledged(this.#inFlight);\n      return true;', replace: 'return true;',
  },
  {
    name: 'Message IDs have eight bits', file: 'core/coap/message-id.ts',
    find: 'mix(this.#seed, peer)) & 0xffff;', replace: 'mix(this.#seed, peer)) & 0xff;',
  },
  {
    name: 'the first time-out has no upper bound', file: OUTBOX,
    find: 'Math.floor(shortest * (ACK_RANDOM_FACTOR - 1)) + 1;',
    replace: 'Math.floor(shortest * ACK_RANDOM_FACTOR) + 1;',
  },
];

const OBSERVE: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'acknowledged before the value is on disk', file: UPLINK,
    find: `entries.value, now, report);
  host.afterCommit(ticket, () => host.layer.accept(notification));`,
    replace: 'entries.value, now, report);\n  if (ticket > 0) host.layer.accept(notification);',
  },
  {
    name: 'freshness is compared the wrong way round', file: 'core/coap/observe.ts',
    find: 'return isSequenceNewer(previous.sequence, sequence);',
    replace: 'return isSequenceNewer(sequence, previous.sequence);',
  },
  {
    name: 'the reordering span is in seconds', file: 'core/coap/observe.ts',
    find: 'REORDERING_SPAN: Milliseconds = 128_000',
    replace: 'REORDERING_SPAN: Milliseconds = 128',
  },
  {
    name: 'older notifications are stored as well', file: UPLINK,
    find: 'if (observation.sequence !== -1 && !isNewer(', replace: 'if (false && !isNewer(',
  },
  {
    name: 'tokens change at a restart', file: RESTORE,
    find: 'row.tokenBase.slice(0, 6)', replace: 'row.tokenBase.slice(0, 5)',
  },
  {
    name: 'what was not answered is never asked for again', file: UPLINK,
    find: 'if (wantsChanged || isOnlyUnanswered(device)) {', replace: 'if (wantsChanged) {',
  },
  {
    name: 'a Register does not begin with observing', file: MACHINE,
    find: "REGISTERED: { target: '.establishing', actions: ['voidWanted', 'startWanted'] },",
    replace: "REGISTERED: { target: '.inPlace', actions: ['voidWanted', 'startWanted'] },",
  },
  {
    name: 'values without confirmation are not stored', file: UPLINK,
    find: '  const ticket = storeValues(host, device, entries.value, now, report);\n',
    replace: `  if (message.type === 1) return host.layer.accept(notification);
  const ticket = storeValues(host, device, entries.value, now, report);\n`,
  },
];

const REGISTRATION: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'no grace after the lifetime', file: 'actors/config.ts',
    find: 'REGISTRATION_GRACE: Milliseconds = 93_000',
    replace: 'REGISTRATION_GRACE: Milliseconds = 0',
  },
  {
    name: 'an Update does not extend the lifetime', file: UPLINK,
    find: '  registration.expiresAt = endOfLifetime(registration.lifetime, now);\n', replace: '',
  },
  {
    name: 'the lifetime is taken for milliseconds', file: UPLINK,
    find: 'expiresAt: endOfLifetime(lifetime, now),', replace: 'expiresAt: now + lifetime,',
  },
  {
    name: '2.04 before the Update is on disk', file: UPLINK,
    find: `host.step(device, Event.UPDATED, {
    whenDurable: () => {
      host.layer.respond(request, { code: Code.CHANGED });`,
    replace: `host.layer.respond(request, { code: Code.CHANGED });
  host.step(device, Event.UPDATED, {
    whenDurable: () => {`,
  },
  {
    name: 'a De-register leaves the registration', file: 'actors/effects.ts',
    find: "if (event === 'deregistered' || event === 'expired') {",
    replace: "if (event === 'expired') {",
  },
  {
    name: 'an Update does not move the registration', file: UPLINK,
    find: '    host.move(device, registration, peer);\n', replace: '',
  },
];

const QUEUE_MODE: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'a device never falls asleep', file: HOST,
    find: "if (delay === 'awakeWindow') return device.awakeUntil;",
    replace: "if (delay === 'awakeWindow') return Infinity;",
  },
  {
    name: 'what is under way is not withdrawn', file: MACHINE,
    find: "actions: ['withdraw', raise({ type: 'SLEPT' })]",
    replace: "actions: [raise({ type: 'SLEPT' })]",
  },
  {
    name: 'the awake window counts twice', file: HOST,
    find: 'device.awakeUntil = now + device.awakeWindow;',
    replace: 'device.awakeUntil = now + 2 * device.awakeWindow;',
  },
  {
    name: 'the newest operation goes first', file: OPERATIONS,
    find: 'device.operations = [...device.operations, operation];\n  const ticket',
    replace: 'device.operations = [operation, ...device.operations];\n  const ticket',
  },
  {
    name: 'one attempt too many', file: OPERATIONS,
    find: '} else if (attempts >= ATTEMPTS_MAX) {',
    replace: '} else if (attempts > ATTEMPTS_MAX) {',
  },
  {
    name: 'a withdrawn request blocks the device', file: 'actors/ask.ts',
    find: '    device.isBusy = false;\n    // A full queue',
    replace: "    if (outcome.kind !== 'cancelled') device.isBusy = false;\n    // A full queue",
  },
];

const VALUES: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'floats are doubled', file: CBOR,
    find: 'value: readFloat64(this.#bytes', replace: 'value: 2 * readFloat64(this.#bytes',
  },
  {
    name: 'negative integers are off by one', file: CBOR,
    find: '? -1n - argument : argument;', replace: '? -argument : argument;',
  },
  {
    name: 'floats are cut to 32 bits', file: CBOR,
    find: 'value: readFloat64(this.#bytes, this.#at - 8) };',
    replace: 'value: Math.fround(readFloat64(this.#bytes, this.#at - 8)) };',
  },
  {
    name: 'times are cut to minutes', file: 'core/lwm2m/conversion.ts',
    find: '? { type, value: Number(integer) } : value;',
    replace: '? { type, value: Number(integer / 60n * 60n) } : value;',
  },
  {
    name: 'of the values of an answer only the first is stored', file: 'actors/telemetry.ts',
    find: "    changes.push({ table: 'resource', row });\n",
    replace: "    if (changes.length === 0) changes.push({ table: 'resource', row });\n",
  },
  {
    name: 'what an operator reads is not stored', file: DOWNLINK,
    find: '  if (entries.length > 0) storeValues(host, device, entries, now);\n', replace: '',
  },
  {
    name: 'the battery shown is the first that was told', file: 'actors/telemetry.ts',
    find: "case '3/9': return note(device,",
    replace: "case '3/9': return device.batteryPercent === undefined && note(device,",
  },
  {
    name: 'what lists show is not stored', file: 'actors/telemetry.ts',
    find: 'if (factsChanged) {', replace: 'if (false) {',
  },
  {
    name: 'values are stored with a time a second late', file: 'actors/telemetry.ts',
    find: 'usableTime(time) ?? now,', replace: 'usableTime(time) ?? now + 1000,',
  },
];

const STORE: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'a ticket counts one group early', file: HOST,
    find: 'if (ticket <= this.#committed) act();',
    replace: 'if (ticket <= this.#committed + 1) act();',
  },
  {
    name: 'a commit releases the next group as well', file: HOST,
    find: '?? Infinity) <= ticket) {', replace: '?? Infinity) <= ticket + 1) {',
  },
  {
    name: 'the device row is left out of its commit', file: HOST,
    find: "      changes.push({ table: 'device', row: rowOf(device) });\n", replace: '',
  },
  {
    name: 'what was being sent is lost at a restart', file: RESTORE,
    find: 'if (device !== undefined) resumeOperation',
    replace: "if (device !== undefined && operation.status !== 'SENDING') resumeOperation",
  },
  {
    name: 'sequence numbers begin again at a restart', file: RESTORE,
    find: '  host.nextSequence = facts.nextSequence;\n', replace: '',
  },
  {
    name: 'a restart forgets that the lifetime was extended', file: 'actors/device.ts',
    find: '    expiresAt: registration.expiresAt,\n',
    replace: '    expiresAt: registration.registeredAt + registration.lifetime * 1000,\n',
  },
];

const CLOCK: readonly Omit<Mutant, 'area'>[] = [
  {
    name: 'a deadline that moves forward is lost', file: HOST,
    find: 'if (timer.due <= due && due !== Infinity) return;',
    replace: 'if (due !== Infinity) return;',
  },
  {
    name: 'a timer that is early is not armed again', file: HOST,
    find: '    }\n    this.rearm(device);\n  };', replace: '    }\n  };',
  },
  {
    name: 'no timers after a restart', file: RESTORE,
    find: '  host.rearm(device);\n', replace: '',
  },
  {
    name: 'cancelled timers run', file: TIMERS,
    find: 'if (entry.slot !== -1)', replace: 'if (entry.slot === -2)',
  },
  {
    name: 'the heap takes the first child for the least', file: TIMERS,
    find: 'if (isBefore) least = child;', replace: 'if (isBefore) least = first;',
  },
];

export const MUTANTS: readonly Mutant[] = [
  ...within('message layer', MESSAGE_LAYER), ...within('observe', OBSERVE),
  ...within('registration', REGISTRATION), ...within('queue mode', QUEUE_MODE),
  ...within('values', VALUES), ...within('store', STORE), ...within('clock', CLOCK),
];

function within(area: Area, mutants: readonly Omit<Mutant, 'area'>[]): Mutant[] {
  return mutants.map((mutant) => ({ ...mutant, area }));
}
