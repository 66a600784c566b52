// The timeline of a file: when something happens, once or again and again, and what. Each entry
// becomes actions of the model.

import { z } from 'zod';
import type { Milliseconds } from '../../core/ports.ts';
import type { Action, TimedAction } from './model.ts';
import { networkKeys, rulesOf } from './network-schema.ts';
import { deviceOf, nameOf, pathWith, selection, timeWithin, version, type Names } from './names.ts';
import { duration, formatDuration, share } from './units.ts';

const SHARE_OF_DEVICES = 1000;
/** A process that is started again by its supervisor. */
export const RESTART_DOWN: Milliseconds = 10_000;

export function timelineEntry(names: Names | undefined) {
  const actions = actionKeys(names);
  const known = Object.keys(actions);
  return z.strictObject({
    at: timeWithin(names?.duration).optional().describe('Once, at this time'),
    every: duration.optional().describe('Again and again'),
    from: timeWithin(names?.duration).optional().describe('The first time; else after `every`'),
    until: timeWithin(names?.duration).optional().describe('Not after this time'),
    ...actions,
  }).transform((entry, context): TimedAction[] => {
    const { at, every, from, until, ...given } = entry;
    const said = Object.values(given).filter((one) => one !== undefined);
    if (said.length !== 1) {
      context.addIssue(said.length === 0 ? `write one action here: ${known.join(', ')}`
        : 'this entry has several actions; write an entry for each');
      return z.NEVER;
    }
    if ((at === undefined) === (every === undefined)) {
      context.addIssue('write when: either at: 2h or every: 30m');
      return z.NEVER;
    }
    if (at !== undefined && (from ?? until) !== undefined) {
      context.addIssue('from and until go with every, not with at');
      return z.NEVER;
    }
    const first = at ?? from ?? every ?? 0;
    const last = until ?? names?.duration ?? first;
    if (last < first) {
      context.addIssue(`it ends (${formatDuration(last)}) before its first time`);
      return z.NEVER;
    }
    const repeat = every === undefined ? undefined : { every, until: last };
    return said.flat().map((action) => ({ at: first, repeat, action }));
  });
}

function actionKeys(names: Names | undefined) {
  const devices = selection(names);
  const onDevices = (kind: 'reboot' | 'stop' | 'start' | 'deregister' | 'rebind') => (
    devices.transform((selected): Action => ({ kind, devices: selected })).optional());
  const atPath = (kind: 'read' | 'observe' | 'unobserve') => (
    z.strictObject({ devices, path: pathWith(3, 2, 1, 4) })
      .transform((wish): Action => ({ kind, ...wish })).optional());
  const oneDatagram = (kind: 'drop' | 'duplicate') => (
    z.strictObject({
      device: deviceOf(names), direction: z.enum(['up', 'down']),
      nth: z.number().int().min(1),
    }).transform((wish): Action => ({ kind, ...wish })).optional());
  return {
    read: atPath('read').describe('An operator reads from the devices'),
    observe: atPath('observe').describe('An operator wants it observed'),
    unobserve: atPath('unobserve').describe('An operator wants it observed no more'),
    reboot: onDevices('reboot').describe('The devices lose power for a moment'),
    stop: onDevices('stop').describe('The devices are switched off without a word'),
    start: onDevices('start').describe('Devices that were stopped are switched on'),
    deregister: onDevices('deregister').describe('The devices say good-bye'),
    rebind: onDevices('rebind').describe('The NAT gives the devices other ports'),
    updateFirmware: z.strictObject({ devices: updatable(names), version })
      .transform((wish): Action => ({ kind: 'update firmware', ...wish })).optional()
      .describe('The devices update themselves past the server, as by a cloud of their vendor'),
    killServer: z.strictObject({ down: duration.default(RESTART_DOWN) })
      .transform((wish): Action => ({ kind: 'kill server', ...wish })).optional()
      .describe('The server process is killed and started again after `down`'),
    slowDisk: z.strictObject({ commit: duration, for: duration })
      .transform((wish): Action => ({ kind: 'slow disk', commit: wish.commit, span: wish.for }))
      .optional().describe('Each group of changes takes `commit` to reach the disk of the server'),
    network: z.record(nameOf('network', names?.networks), networkChange)
      .transform((changes) => Object.entries(changes).map(([network, change]): Action => (
        { ...change, network })))
      .optional().describe('A network behaves otherwise'),
    drop: oneDatagram('drop').describe('One datagram is lost; up is toward the server'),
    duplicate: oneDatagram('duplicate').describe('One datagram arrives twice'),
  };
}

/** Devices of a fleet that has firmware. */
function updatable(names: Names | undefined) {
  return selection(names).superRefine(({ fleet }, context) => {
    if (names?.fleets.get(fleet)?.hasFirmware !== false) return;
    context.addIssue(
      `${fleet} have no firmware to update (write firmware: { version: 1.0.0 } in the fleet)`,
    );
  });
}

type Change = Extract<Action, { kind: 'partition' | 'clog' | 'network' }>;
type WithoutNetwork<One> = One extends unknown ? Omit<One, 'network'> : never;

/** Either of `partition`, `clog`, or rules as in `network` above. */
const networkChange = z.strictObject({
  partition: share(SHARE_OF_DEVICES).optional()
    .describe('No datagram of this share of the devices passes'),
  clog: z.literal(true).optional().describe('Datagrams wait, then arrive together'),
  for: duration.optional().describe('Then it is as before'),
  ...networkKeys,
}).transform((words, context): WithoutNetwork<Change> => {
  const { partition, clog, for: span, ...keys } = words;
  const rules = rulesOf(keys);
  const wishes = [partition, clog, ...Object.keys(rules).slice(0, 1)]
    .filter((one) => one !== undefined);
  if (wishes.length !== 1) {
    context.addIssue('write partition: 50%, or clog: true, or rules like loss: 20%');
    return z.NEVER;
  }
  if (partition === undefined && clog === undefined) return { kind: 'network', rules, span };
  if (span === undefined) {
    context.addIssue('say how long, like for: 20m');
    return z.NEVER;
  }
  return partition === undefined
    ? { kind: 'clog', span } : { kind: 'partition', share: partition, span };
});
