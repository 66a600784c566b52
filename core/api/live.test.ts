// Live streams: what they carry, how often, how much they keep, how charts resume, who ends them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../store/database.ts';
import { DuckDbStore } from '../store/duckdb-store.ts';
import type { OperationRow, TelemetryRow } from '../store/changes.ts';
import { operationRow } from '../store/testing.ts';
import { LATEST_MAX } from './live-stream.ts';
import { LiveStreams, STREAMS_MAX, STREAMS_PER_USER_MAX, TICK } from './live.ts';
import { PENDING_MAX, TAIL_PAGE } from './live-charts.ts';
import type { View } from './inputs.ts';
import type { LiveStream } from './live-stream.ts';
import type { DeviceDetail } from './management.ts';
import { FakeLab, runView } from './testing/fake-lab.ts';
import { FakeManagement } from './testing/fake-management.ts';
import { HandClock, startWorld, until, type World } from './testing/world.ts';
import type { LiveMessage } from './views.ts';

const PATH = '/3303/0/5700';
const FLEET: View = {
  page: 'fleet',
  query: { search: '', state: 'all', sort: 'endpoint', descending: false, offset: 0, limit: 2 },
};
const OTHER: View = { page: 'other' };
const chartView = (since = 0, endpoint = 'sensor'): View =>
  ({ page: 'device', endpoint, charts: [{ path: PATH, since }] });
const ANN = { name: 'ann', role: 'viewer', session: 's1', isToken: false } as const;

let world: World;
let store: DuckDbStore;
let nextSequence = 1;

beforeAll(async () => {
  world = await startWorld();
  store = new DuckDbStore(world.db);
  nextSequence = store.load().nextSequence;
  world.management.add('sensor', { id: 1 });
  world.management.add('other', { id: 2 });
});
afterAll(() => world.end());

function row(value: number, facts: Partial<TelemetryRow> = {}): TelemetryRow {
  return {
    sequence: nextSequence++, device: 1, object: 3303, instance: 0, resource: 5700,
    resourceInstance: -1, deviceTime: 1_000 + value, receiveTime: 2_000 + value,
    value: { type: 'float', value }, ...facts,
  };
}

/** Stores the rows and, once they are on disk, tells them live, as the server does. */
async function report(management: FakeManagement, ...rows: TelemetryRow[]): Promise<void> {
  store.commit(rows.map((stored) => ({ table: 'resource', row: stored })));
  await store.flushed();
  for (const stored of rows) management.value('sensor', stored);
}

/** A hub of its own over the shared database, pulled by hand: no sockets, no waiting. */
class Bench {
  readonly clock = new HandClock();
  readonly management = new FakeManagement(this.clock);
  readonly lab = new FakeLab();
  readonly ended = new Set<string>();
  /** Queries of the database without an answer yet. */
  asking = 0;
  readonly hub = new LiveStreams({
    management: this.management, lab: this.lab, db: this.#watched(), clock: this.clock,
    isOpen: ({ session }) => !this.ended.has(session),
  });

  constructor() {
    this.management.add('sensor', { id: 1 });
    this.management.add('other', { id: 2 });
  }

  open(view: View, eventId = ''): Reader {
    const opened = this.hub.open(ANN, view, eventId);
    if (!opened.ok) throw new Error(opened.reason);
    return new Reader(this, opened.value);
  }

  #watched(): Database {
    const watch = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
      this.asking++;
      return answer.finally(() => { this.asking--; });
    };
    const query: Database['query'] = (sql, values) => watch(world.db.query(sql, values));
    const history: Database['history'] = (...asked) => watch(world.db.history(...asked));
    return { query, history } as Database;
  }
}

class Reader {
  readonly stream: LiveStream;
  readonly #bench: Bench;
  readonly #messages: ReturnType<LiveStream['messages']>;
  #pending: ReturnType<ReturnType<LiveStream['messages']>['next']> | undefined;
  lastId = '';

  constructor(bench: Bench, stream: LiveStream) {
    this.#bench = bench;
    this.stream = stream;
    this.#messages = stream.messages();
  }

  /** Takes all there is now; stops where the stream waits for its next turn. */
  async drain(): Promise<LiveMessage[]> {
    const taken: LiveMessage[] = [];
    for (;;) {
      this.#pending ??= this.#messages.next();
      const next = await Promise.race([this.#pending, this.#settled()]);
      if (next === 'quiet' || next.done) return taken;
      this.#pending = undefined;
      this.lastId = next.value.id;
      taken.push(next.value.message);
    }
  }

  /** One turn later. */
  tick(): Promise<LiveMessage[]> {
    this.#bench.clock.advance(TICK);
    return this.drain();
  }

  /** Quiet is: no query is open, and nothing came of the last one. */
  async #settled(): Promise<'quiet'> {
    do {
      await new Promise((resolve) => { setImmediate(resolve); });
    } while (this.#bench.asking > 0);
    await new Promise((resolve) => { setImmediate(resolve); });
    return 'quiet';
  }
}

const kinds = (messages: LiveMessage[]) => messages.map(({ kind }) => kind);
const of = <Kind extends LiveMessage['kind']>(messages: LiveMessage[], kind: Kind) =>
  messages.filter((message) => message.kind === kind) as Extract<LiveMessage, { kind: Kind }>[];
const points = (messages: LiveMessage[]) =>
  of(messages, 'charts').flatMap((message) => message.points.map(({ sequence }) => sequence));

test('the first message is the id, then what the page shows', async () => {
  const bench = new Bench();
  expect(kinds(await bench.open(OTHER).drain())).toEqual(['opened', 'counts']);
  expect(kinds(await bench.open(FLEET).drain())).toEqual(['opened', 'counts', 'fleet']);
  expect(kinds(await bench.open({ page: 'refused' }).drain()))
    .toEqual(['opened', 'counts', 'refusals']);
  expect(kinds(await bench.open(chartView(1e9)).drain())).toEqual(['opened', 'counts', 'device']);
  const unknown = await bench.open(chartView(0, 'nobody')).drain();
  expect(of(unknown, 'device')).toEqual([{ kind: 'device', device: null }]);
});

test('operations from before the start stay on the page, each as it was last known', async () => {
  const bench = new Bench();
  const [ended, open] = [operationRow(1, { status: 'FAILED' }), operationRow(2)];
  store.commit([ended, open].map((stored) => ({ table: 'device_operation', row: stored })));
  await store.flushed();
  const shown = (messages: LiveMessage[]) => of(messages, 'device').map(({ device }) =>
    device?.operations.map(({ id, status }) => `${id} ${status}`));
  const becomes = (operations: readonly OperationRow[]) => {
    bench.management.devices.set(
      'sensor', { ...bench.management.device('sensor') as DeviceDetail, operations });
    bench.management.tell({ kind: 'device', endpoint: 'sensor' });
  };
  becomes([{ ...open, status: 'SENDING' }]);
  const reader = bench.open(chartView(1e9, 'other'));
  expect(shown(await reader.drain())).toEqual([[]]);
  bench.hub.watch(reader.stream.id, ANN, chartView(1e9));
  expect(shown(await reader.drain())).toEqual([['2 SENDING', '1 FAILED']]);
  becomes([{ ...open, status: 'CONFIRMED' }]);
  expect(shown(await reader.tick())).toEqual([['2 CONFIRMED', '1 FAILED']]);
  becomes([]);
  expect(shown(await reader.tick())).toEqual([['2 CONFIRMED', '1 FAILED']]);
});

test('changes are gathered into at most four messages a second', async () => {
  const bench = new Bench();
  const reader = bench.open(FLEET);
  await reader.drain();
  for (let n = 0; n < 100; n++) bench.management.tell({ kind: 'device', endpoint: 'sensor' });
  expect(await reader.drain()).toEqual([]);
  const before = bench.management.windowsComputed;
  await reader.tick();
  expect(bench.management.windowsComputed).toBe(before + 1);
  expect(await reader.tick()).toEqual([]);
});

test('only rows that changed travel, the whole window only when the list changed', async () => {
  const bench = new Bench();
  const reader = bench.open(FLEET);
  await reader.drain();
  const sensor = bench.management.devices.get('sensor');
  if (sensor === undefined) throw new Error('it is there');
  bench.management.devices.set('sensor', { ...sensor, state: 'asleep' });
  bench.management.tell({ kind: 'device', endpoint: 'sensor' });
  const changed = of(await reader.tick(), 'rows');
  expect(changed.map(({ rows }) => rows.map(({ endpoint, state }) => [endpoint, state])))
    .toEqual([[['sensor', 'asleep']]]);
  bench.management.add('third');
  const [whole] = of(await reader.tick(), 'fleet');
  expect(whole?.window).toMatchObject({ total: 3, offset: 0 });
  expect(whole?.window.rows).toHaveLength(2);
});

test('pages with the same window share its computation', async () => {
  const bench = new Bench();
  const readers = [bench.open(FLEET), bench.open(FLEET), bench.open(FLEET)];
  for (const reader of readers) await reader.drain();
  bench.management.windowsComputed = 0;
  bench.management.tell({ kind: 'device', endpoint: 'sensor' });
  bench.clock.advance(TICK);
  for (const reader of readers) await reader.drain();
  expect(bench.management.windowsComputed).toBe(1);
});

test('watch changes what is shown, at once and only by who opened it', async () => {
  const bench = new Bench();
  const reader = bench.open(OTHER);
  await reader.drain();
  expect(bench.hub.watch(reader.stream.id, { ...ANN, session: 's2' }, FLEET)).toBe(false);
  expect(bench.hub.watch('no such', ANN, FLEET)).toBe(false);
  expect(bench.hub.watch(reader.stream.id, ANN, FLEET)).toBe(true);
  expect(kinds(await reader.drain())).toEqual(['fleet']);
  bench.hub.watch(reader.stream.id, ANN, chartView(1e9, 'other'));
  expect(kinds(await reader.drain())).toEqual(['device']);
  bench.management.value('other', row(1));
  bench.management.value('sensor', row(1));
  expect(of(await reader.tick(), 'latest').map(({ values }) => values.length)).toEqual([1]);
});

test('a device page gets the newest value of each path, the refused page its list', async () => {
  const bench = new Bench();
  const reader = bench.open({ page: 'device', endpoint: 'sensor', charts: [] });
  await reader.drain();
  for (const value of [1, 2, 3]) bench.management.value('sensor', row(value));
  bench.management.value('sensor', row(9, { deviceTime: 0 }));
  bench.management.value('sensor', row(4, { resource: 5605, resourceInstance: 2 }));
  const [latest] = of(await reader.tick(), 'latest');
  expect(latest?.values.map(({ path, resourceInstance, value }) =>
    [path, resourceInstance, value.value])).toEqual([
    [PATH, null, 3], ['/3303/0/5605', 2, 4],
  ]);
  const refused = bench.open({ page: 'refused' });
  await refused.drain();
  bench.management.refused = [{
    at: 1, endpoint: 'x', address: '127.0.0.1', reason: 'no', answer: '4.12', retryAt: undefined,
    count: 1,
  }];
  bench.management.tell({ kind: 'refused' });
  expect(of(await refused.tick(), 'refusals')[0]?.refusals).toHaveLength(1);
});

test('the lab sends its list once, then only the runs that changed', async () => {
  const bench = new Bench();
  const [first, second] = [runView(1), runView(2)];
  bench.lab.put(second, first);
  const reader = bench.open({ page: 'lab' });
  expect(of(await reader.drain(), 'runs')).toEqual([{ kind: 'runs', runs: [second, first] }]);
  expect(await reader.tick()).toEqual([]);
  const held = runView(1, { state: 'held' });
  bench.lab.put(second, held);
  expect(await reader.tick()).toEqual([{ kind: 'runRows', runs: [held] }]);
  bench.lab.put(held);
  expect(await reader.tick()).toEqual([{ kind: 'runs', runs: [held] }]);
});

test('the page of a run gets that run as it goes on, and learns that it is gone', async () => {
  const bench = new Bench();
  bench.lab.put(runView(2), runView(1));
  const reader = bench.open({ page: 'run', id: runView(1).id });
  const shown = (messages: LiveMessage[]) => of(messages, 'run').map(({ run }) => run?.state);
  expect(shown(await reader.drain())).toEqual(['running']);
  expect(await reader.tick()).toEqual([]);
  bench.lab.put(runView(2), runView(1, { state: 'failed' }));
  expect(shown(await reader.tick())).toEqual(['failed']);
  bench.lab.put(runView(2));
  expect(shown(await reader.tick())).toEqual([undefined]);
  bench.hub.watch(reader.stream.id, ANN, { page: 'run', id: runView(2).id });
  expect(shown(await reader.drain())).toEqual(['running']);
});

test('a chart goes on from its sequence number: first from the database, then live', async () => {
  const bench = new Bench();
  const rows = [row(1), row(2), row(3)];
  await report(bench.management, ...rows);
  const sequences = rows.map(({ sequence }) => sequence);
  const reader = bench.open(chartView(sequences[0]));
  expect(points(await reader.drain())).toEqual(sequences.slice(1));
  const live = [row(4), row(5)];
  await report(bench.management, ...live);
  expect(points(await reader.tick())).toEqual(live.map(({ sequence }) => sequence));
  expect(reader.lastId).toBe(`sensor,${PATH}:${live[1]?.sequence}`);
});

test('after a break a stream resumes by its event id: nothing lost, nothing doubled', async () => {
  const bench = new Bench();
  const from = nextSequence - 1;
  const first = bench.open(chartView(from));
  await first.drain();
  const seen: number[] = [];
  const all: number[] = [];
  const tell = async (count: number) => {
    const rows = Array.from({ length: count }, (_, n) => row(n));
    all.push(...rows.map(({ sequence }) => sequence));
    await report(bench.management, ...rows);
  };
  await tell(5);
  seen.push(...points(await first.tick()));
  bench.hub.close(first.stream);
  await tell(7);
  // The address still says where the page began; the event id says where it was.
  const second = bench.open(chartView(from), first.lastId);
  await tell(3);
  seen.push(...points(await second.drain()), ...points(await second.tick()));
  // A page that was shown later by watch resumes the same way.
  bench.hub.close(second.stream);
  await tell(2);
  const third = bench.open(OTHER, second.lastId);
  await third.drain();
  bench.hub.watch(third.stream.id, ANN, chartView(from));
  seen.push(...points(await third.drain()));
  expect(seen).toEqual(all);
});

test('values that come while the tail is read are neither lost nor doubled', async () => {
  const bench = new Bench();
  const from = nextSequence - 1;
  const early = [row(1), row(2)];
  await report(bench.management, ...early);
  const reader = bench.open(chartView(from));
  const draining = reader.drain();
  const late = [row(3), row(4)];
  await report(bench.management, ...late);
  const seen = [...points(await draining), ...points(await reader.tick())];
  expect(seen).toEqual([...early, ...late].map(({ sequence }) => sequence));
});

test('a browser too slow for the live values gets them from the database', async () => {
  const bench = new Bench();
  const reader = bench.open(chartView(nextSequence - 1));
  await reader.drain();
  const rows = Array.from({ length: TAIL_PAGE + PENDING_MAX + 10 }, (_, n) => row(n));
  await report(bench.management, ...rows);
  const messages = await reader.tick();
  expect(points(messages)).toEqual(rows.map(({ sequence }) => sequence));
  expect(of(messages, 'charts').length).toBeGreaterThan(1);
});

test('what a stream keeps is bounded', async () => {
  const bench = new Bench();
  const reader = bench.open({ page: 'device', endpoint: 'sensor', charts: [] });
  await reader.drain();
  for (let n = 0; n < 2 * LATEST_MAX; n++) {
    bench.management.value('sensor', row(n, { resource: n }));
  }
  expect(of(await reader.tick(), 'latest')[0]?.values).toHaveLength(LATEST_MAX);
});

test('an event id that nobody wrote resumes nothing', async () => {
  const bench = new Bench();
  for (const id of ['-', '%', 'sensor', `sensor,${PATH}:x`, `other,${PATH}:999999`, ',,,']) {
    const from = nextSequence - 1;
    const one = row(1);
    await report(bench.management, one);
    expect(points(await bench.open(chartView(from), id).drain())).toEqual([one.sequence]);
  }
});

test('streams are bounded by user and in all, and a closed one makes room', () => {
  const bench = new Bench();
  const user = (n: number) =>
    ({ name: `user ${n}`, role: 'viewer', session: `s${n}`, isToken: false }) as const;
  const opened: LiveStream[] = [];
  for (let n = 0; n < STREAMS_MAX; n++) {
    const stream = bench.hub.open(user(n % 20), OTHER);
    if (stream.ok) opened.push(stream.value);
  }
  expect(bench.hub.open(user(99), OTHER)).toMatchObject({ ok: false });
  bench.hub.close(opened[0] as LiveStream);
  bench.hub.close(opened[0] as LiveStream);
  expect(bench.hub.size).toBe(STREAMS_MAX - 1);
  for (const stream of opened) bench.hub.close(stream);
  expect(bench.hub.size).toBe(0);
  expect(bench.management.listeners).toBe(0);
  for (let n = 0; n < STREAMS_PER_USER_MAX; n++) bench.hub.open(user(1), OTHER);
  expect(bench.hub.open(user(1), OTHER))
    .toEqual({ ok: false, reason: 'You have 20 pages open; close one of them.' });
});

test('over HTTP: the stream moves, its id resumes it, leaving is noticed', async () => {
  const viewer = await world.as('viewer');
  const turn = () => world.clock.advance(TICK);
  const before = world.management.listeners;
  const stream = await viewer.stream(chartView(nextSequence - 1));
  await stream.until(() => stream.of('device').length > 0);
  const rows = [row(1), row(2)];
  await report(world.management, ...rows);
  await stream.until(() => stream.of('charts').length > 0, turn);
  const id = stream.lastId;
  stream.leave();
  await stream.closed;
  const more = [row(3)];
  await report(world.management, ...more);
  const again = await viewer.stream(chartView(0), { 'last-event-id': id });
  await again.until(() => again.of('charts').length > 0, turn);
  expect(points(again.messages)).toEqual(more.map(({ sequence }) => sequence));
  await viewer.mustCall('live.watch', { id: again.of('opened')[0]?.id, view: FLEET });
  await again.until(() => again.of('fleet').length > 0, turn);
  again.leave();
  // The first one was dropped too: nobody listens any more.
  await until(() => world.management.listeners === before);
});

test('revoking a session ends its stream with the reason', async () => {
  const [here, there] = [await world.as('operator'), await world.as('operator')];
  const stream = await there.stream(FLEET);
  await stream.until(() => stream.of('fleet').length > 0);
  const list = await here.mustCall<{ id: string; isCurrent: boolean }[]>('session.list');
  await here.mustCall('session.revoke', { id: list.find(({ isCurrent }) => !isCurrent)?.id });
  await stream.until(
    () => stream.events.some(({ event }) => event === 'serialized-error'),
    () => world.clock.advance(TICK),
  );
  expect(stream.events.at(-1)?.data).toContain('This session has ended; please log in.');
  await stream.closed;
});
