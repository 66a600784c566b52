// The records of a handshake: which epoch may be read, what comes too early is kept, what comes
// again is answered again (RFC 6347 s4.1, s4.2.4), and messages go to the side they are for.

import type { Milliseconds } from '../ports.ts';
import { Alert, decodeAlert } from './alerts.ts';
import { CID_LENGTH, PROTECTED_EPOCH, type Association } from './association.ts';
import { onServerMessage } from './client.ts';
import { sendFlight } from './flight.ts';
import type { Failure, Handshake, Surroundings } from './handshake.ts';
import { decodeFragments, HANDSHAKE_HEADER_LENGTH } from './handshake-messages.ts';
import { VERIFY_DATA_LENGTH } from './prf.ts';
import { fragmentLength, openRecord } from './protection.ts';
import { ContentType, parseRecord, type RecordFrame } from './record.ts';
import { isNew } from './replay.ts';
import { onClientMessage } from './server.ts';

/**
 * A Finished and an alert may overtake what makes them readable; more is sent again. The newest
 * are kept: what they overtook will be here soon, and who forges some has no more time than that.
 */
export const EARLY_RECORDS_MAX = 4;
export const EARLY_RECORD_LENGTH_MAX = 512;

/**
 * How often a flight is sent again because the peer did, which nothing proves in epoch 0: devices
 * that are in a hurry ask eight times, and who lies about his address gets little out of it.
 */
export const REPETITIONS_MAX = 16;

/**
 * What could not be read may be forged, and the Finished itself right behind it: so long a device
 * with another key waits to be told. Who forges one between a ChangeCipherSpec and its Finished,
 * which mostly are in one datagram, and has the luck that the Finished gets lost, ends this one
 * handshake: as he would by an alert of epoch 0 to the device, without any luck.
 */
export const VERDICT_DELAY: Milliseconds = 200;

/** A record of a handshake that is not over; what it leads to is in the handshake afterwards. */
export function onHandshakeRecord(
  surroundings: Surroundings, association: Association, datagram: Uint8Array, frame: RecordFrame,
  now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  if (frame.epoch !== 0) onProtected(surroundings, association, datagram, frame, now);
  // From then on, plain records are old ones, or somebody else's.
  else if (!handshake.isReading) {
    onContent(surroundings, association, frame.type, datagram.subarray(frame.from, frame.to), now);
  }
}

function onProtected(
  surroundings: Surroundings, association: Association, datagram: Uint8Array, frame: RecordFrame,
  now: Milliseconds,
): void {
  if (frame.epoch !== PROTECTED_EPOCH) return;
  const handshake = association.handshake as Handshake;
  if (!handshake.isReading) {
    if (frame.to - frame.start > EARLY_RECORD_LENGTH_MAX) return;
    if (handshake.early.length >= EARLY_RECORDS_MAX) handshake.early.shift();
    handshake.early.push(datagram.slice(frame.start, frame.to));
    return;
  }
  const wasNew = isNew(association, frame.sequence);
  const isRead = read(surroundings, association, datagram, frame, now);
  if (!isRead && wasNew && isLikeFinished(association, frame)) {
    // Silence would be right for a forged record (RFC 6347 s4.1.2.7). This one is most likely the
    // Finished of a device that has another key, and LwM2M Transport 1.1.1 s5.2.9 wants it told:
    // if no good one follows.
    handshake.verdictAt = Math.min(handshake.verdictAt, now + VERDICT_DELAY);
  }
}

function read(
  surroundings: Surroundings, association: Association, datagram: Uint8Array, frame: RecordFrame,
  now: Milliseconds,
): boolean {
  const opened = openRecord(surroundings.crypto, association, datagram, frame);
  if (opened !== undefined) onContent(surroundings, association, opened.type, opened.content, now);
  return opened !== undefined;
}

/** Only a server learns of a wrong key this way: its client proves itself first. */
function isLikeFinished(association: Association, frame: RecordFrame): boolean {
  const { handshake, ownCid, role } = association;
  if (role !== 'server' || handshake?.state !== 'FINISHED' || handshake.session !== undefined) {
    return false;
  }
  const finished = HANDSHAKE_HEADER_LENGTH + VERIFY_DATA_LENGTH;
  const length = frame.to - frame.from;
  return ownCid === undefined
    ? frame.type === ContentType.HANDSHAKE && length === fragmentLength(association, finished)
    // With its type behind it.
    : frame.type === ContentType.TLS12_CID && length >= fragmentLength(association, finished + 1);
}

/** What a record says, once it could be read. */
export function onContent(
  surroundings: Surroundings, association: Association, type: number, content: Uint8Array,
  now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  switch (type) {
    case ContentType.HANDSHAKE:
      onFragments(surroundings, association, content, now);
      break;
    case ContentType.CHANGE_CIPHER_SPEC:
      if (content.length === 1 && content[0] === 1) handshake.hasChangeCipherSpec = true;
      break;
    case ContentType.ALERT: onAlert(association, handshake, content); break;
    // Data that overtook the Finished is lost, as on any bad link.
    default: return;
  }
  beginReading(surroundings, association, handshake, now);
}

function onFragments(
  surroundings: Surroundings, association: Association, content: Uint8Array, now: Milliseconds,
): void {
  const handshake = association.handshake as Handshake;
  const { reassembly } = handshake;
  const fragments = decodeFragments(content);
  if (fragments === undefined) return;
  let isRepeated = false;
  for (const fragment of fragments) {
    // RFC 6347 s4.2.4: the peer has not heard us. Its flight has one last message.
    if (fragment.sequence === reassembly.next - 1 && fragment.offset === 0) isRepeated = true;
    else reassembly.add(fragment);
  }
  if (isRepeated && handshake.repetitions < REPETITIONS_MAX) {
    handshake.repetitions++;
    sendFlight(surroundings, association, handshake);
  }
  const take = association.role === 'server' ? onClientMessage : onServerMessage;
  while (handshake.failure === undefined && handshake.state !== 'DONE') {
    // A Finished that nothing protects proves nothing, whatever it says.
    if (handshake.state === 'FINISHED' && !handshake.isReading) return;
    const message = reassembly.take();
    if (message === undefined) return;
    take(surroundings, association, message, now);
  }
}

/**
 * Nothing authenticates it in epoch 0, and yet it is how a server says no. A client that does is
 * silent afterwards, so that a server need not believe whoever writes its address on a datagram.
 */
function onAlert(association: Association, handshake: Handshake, content: Uint8Array): void {
  const alert = decodeAlert(content);
  if (!alert.ok) return;
  const { isFatal, description } = alert.value;
  if (!isFatal && description !== Alert.CLOSE_NOTIFY) return;
  const failure: Failure = { reason: 'refused by peer', alert: description };
  if (association.role === 'client' || handshake.isReading) handshake.failure = failure;
  else handshake.complaint = failure;
}

/** From keys and ChangeCipherSpec on, in whichever order they came. */
function beginReading(
  surroundings: Surroundings, association: Association, handshake: Handshake, now: Milliseconds,
): void {
  const { state, hasChangeCipherSpec, isReading, failure } = handshake;
  if (isReading || !hasChangeCipherSpec || state !== 'FINISHED' || failure !== undefined) return;
  handshake.isReading = true;
  // A plain Finished kept from before would be nobody's.
  handshake.reassembly.clear();
  const { early } = handshake;
  handshake.early = [];
  for (const datagram of early) {
    const frame = parseRecord(datagram, 0, CID_LENGTH);
    if (frame === undefined || handshake.failure !== undefined) return;
    // Those that cannot be read may have been forged at any time before: they prove no wrong key.
    read(surroundings, association, datagram, frame, now);
  }
}
