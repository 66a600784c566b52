// What a message layer holds of each peer, made when first needed and dropped when it has expired:
// by one sweep in slices, not by a timer each. Dropping is always safe (RFC 7252 s4.4, s4.5).

import type { Milliseconds, Peer, Task, Timer } from '../ports.ts';
import { RecentMessages } from './deduplication.ts';
import type { Layer } from './layer.ts';
import { Outbox } from './outbox.ts';

/** Peers looked at in one slice, and the spans between slices and between sweeps. */
const SLICE_PEERS_MAX = 4_096;
const SLICE_SPAN: Milliseconds = 1_000;
const SWEEP_SPAN: Milliseconds = 120_000;
/** How many of the oldest peers are asked to make room before a new one is turned away. */
const EVICTION_TRIES = 8;
/** Forgotten peers whose Message IDs are remembered; beyond, the longest forgotten goes. */
export const FORGOTTEN_PEERS_MAX = 1_024;

export class PeerState {
  readonly peer: Peer;
  readonly recent = new RecentMessages();
  outbox: Outbox | undefined = undefined;

  constructor(peer: Peer) {
    this.peer = peer;
  }

  /** Nothing that would be missed; `recent` may hold answered messages. */
  isIdle(now: Milliseconds): boolean {
    return this.outbox?.isForgettable(now) !== false && !this.recent.hasPending(now);
  }
}

export class PeerStates implements Task {
  readonly #layer: Layer;
  readonly #states = new Map<number, PeerState>();
  /** By when they were forgotten; those that are back in use stay until their turn comes. */
  readonly #forgotten = new Set<PeerState>();
  #timer: Timer | undefined = undefined;
  /** Where the sweep under way goes on. */
  #sweep: Iterator<PeerState> | undefined = undefined;

  constructor(layer: Layer) {
    this.#layer = layer;
  }

  get(peer: Peer): PeerState | undefined {
    return this.#states.get(peer.id);
  }

  /** Undefined only if there are too many peers and the oldest are all busy. */
  getOrAdd(peer: Peer): PeerState | undefined {
    const known = this.#states.get(peer.id);
    if (known !== undefined) return known;
    if (this.#states.size >= this.#layer.limits.peers && !this.#evict()) return undefined;
    return this.#add(peer);
  }

  /** Made when first needed; the limit is for those who come unasked, not for whom we call. */
  outbox(peer: Peer): Outbox {
    const state = this.#states.get(peer.id) ?? this.#add(peer);
    state.outbox ??= new Outbox(peer, this.#layer);
    return state.outbox;
  }

  forget(peer: Peer): void {
    const state = this.#states.get(peer.id);
    if (state === undefined) return;
    this.#states.delete(peer.id);
    state.recent.forget();
    if (state.outbox === undefined) return;
    // The sweep drops the outbox when no Message ID of it can come again; see message-id.ts.
    const remembered = this.#add(peer);
    remembered.outbox = state.outbox;
    state.outbox.cancelAll();
    this.#forgotten.add(remembered);
    if (this.#forgotten.size > FORGOTTEN_PEERS_MAX) this.#dropLongestForgotten();
  }

  values(): Iterable<PeerState> {
    return this.#states.values();
  }

  onDue(now: Milliseconds): void {
    this.#timer = undefined;
    const sweep = this.#sweep ?? this.#states.values();
    this.#sweep = sweep;
    for (let looked = 0; looked < SLICE_PEERS_MAX; looked++) {
      const next = sweep.next();
      if (next.done === true) {
        this.#sweep = undefined;
        break;
      }
      this.#dropExpired(next.value, now);
    }
    if (this.#states.size === 0) this.#sweep = undefined;
    else this.#scheduleIn(this.#sweep === undefined ? SWEEP_SPAN : SLICE_SPAN);
  }

  #add(peer: Peer): PeerState {
    const state = new PeerState(peer);
    this.#states.set(peer.id, state);
    if (this.#timer === undefined) this.#scheduleIn(SWEEP_SPAN);
    return state;
  }

  #dropExpired(state: PeerState, now: Milliseconds): void {
    if (state.outbox?.isForgettable(now) === true) state.outbox = undefined;
    if (state.outbox === undefined && state.recent.isExpired(now)) this.#drop(state);
  }

  /** Spoofed sources would otherwise grow memory by each answer to a NON, until the next sweep. */
  #dropLongestForgotten(): void {
    const now = this.#layer.clock.now();
    for (const state of this.#forgotten) {
      this.#forgotten.delete(state);
      const isUnused = state.outbox === undefined || state.outbox.size === 0;
      if (isUnused && state.recent.isExpired(now)) this.#drop(state);
      return;
    }
  }

  #drop(state: PeerState): void {
    this.#forgotten.delete(state);
    if (this.#states.get(state.peer.id) === state) this.#states.delete(state.peer.id);
  }

  /** Under a flood of new peers the oldest answered ones are forgotten before they expire. */
  #evict(): boolean {
    const now = this.#layer.clock.now();
    let tries = 0;
    for (const [id, state] of this.#states) {
      if (state.isIdle(now)) return this.#states.delete(id);
      if (++tries === EVICTION_TRIES) break;
    }
    return false;
  }

  #scheduleIn(span: Milliseconds): void {
    this.#timer = this.#layer.clock.schedule(this.#layer.clock.now() + span, this);
  }
}
