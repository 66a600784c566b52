// What devices log, on its way to the store: from syslog, and from the resources that a profile
// names. Whoever floods is limited, and so is everybody when the disk falls behind; each gap is a
// row of its own.

import type { Address, Milliseconds } from '../core/ports.ts';
import type { Change } from '../core/store/changes.ts';
import {
  factsOfMessage, hostnameOf, logLine, rawLines, type LineFacts,
} from '../core/syslog/lines.ts';
import { FACILITY_USER, SEVERITY_WARNING } from '../core/syslog/message.ts';
import { parseSyslog } from '../core/syslog/parse.ts';
import type { Device } from './device.ts';
import type { Host } from './host.ts';
import { LineLimit } from './line-limit.ts';
import { senderOf } from './log-sender.ts';

/** A gap is told so long after its first line. */
export const GAP_TOLD_AFTER: Milliseconds = 2_000;
/** As what the server tells of gaps. */
const GAP_MODULE = 'flownexus';

/** Lines that came together. */
export interface LoggedText {
  /** An address, of nobody known with the name it gives itself, or the path of a resource. */
  readonly source: string;
  readonly text: string;
  readonly facts: LineFacts;
}

export class DeviceLogs {
  readonly #host: Host;
  /** Of all lines together of which nobody can say whose they are. */
  readonly #unmatched: LineLimit;

  constructor(host: Host) {
    this.#host = host;
    this.#unmatched = new LineLimit(host.config.limits, host.clock.now());
  }

  /** Takes in one datagram of syslog; none makes it throw. */
  receive(from: Address, datagram: Uint8Array): void {
    const host = this.#host;
    const now = host.clock.now();
    const message = parseSyslog(datagram, now);
    const device = senderOf(host, from.host, message);
    // Of who is not known its own name is the best clue.
    const name = device === undefined ? hostnameOf(message) : '';
    const source = `${addressText(from)} ${name}`.trim();
    const facts = factsOfMessage(message);
    this.#store(device, this.changes(device, { source, text: message.text, facts }, now));
  }

  /** What stores the lines of a text, as far as they are within the limit of the device. */
  changes(device: Device | undefined, logged: LoggedText, now: Milliseconds): Change[] {
    const { config, store } = this.#host;
    const limit = this.#limitOf(device, now);
    // Values count for more than log lines.
    const isShed = store.backlog() >= config.limits.backlogShed;
    const changes: Change[] = [];
    for (const raw of rawLines(logged.text)) {
      if (isShed || !limit.take(now)) {
        this.#drop(device, limit, now);
        continue;
      }
      const { time: deviceTime, ...line } = logLine(raw, logged.facts);
      changes.push({ table: 'device_log', row: {
        device: device?.id, source: logged.source, deviceTime, receiveTime: now, ...line,
        dropped: 0,
      } });
    }
    return changes;
  }

  #limitOf(device: Device | undefined, now: Milliseconds): LineLimit {
    if (device === undefined) return this.#unmatched;
    return device.logLimit ??= new LineLimit(this.#host.config.limits, now);
  }

  #drop(device: Device | undefined, limit: LineLimit, now: Milliseconds): void {
    if (!limit.drop(now)) return;
    this.#host.clock.schedule(now + GAP_TOLD_AFTER, {
      onDue: (due) => this.#tellGap(device, limit, due),
    });
  }

  #tellGap(device: Device | undefined, limit: LineLimit, now: Milliseconds): void {
    const gap = limit.takeGap();
    const isForgotten = device !== undefined && this.#host.byId.get(device.id) !== device;
    if (gap === undefined || isForgotten) return;
    const seconds = Math.max(1, Math.round((gap.to - gap.from) / 1_000));
    const lines = gap.lines === 1 ? '1 line' : `${gap.lines} lines`;
    this.#store(device, [{ table: 'device_log', row: {
      device: device?.id, source: '', deviceTime: undefined, receiveTime: now,
      facility: FACILITY_USER, severity: SEVERITY_WARNING, module: GAP_MODULE,
      text: `${lines} dropped in ${seconds} s`, dropped: gap.lines,
    } }]);
  }

  #store(device: Device | undefined, changes: readonly Change[]): void {
    const host = this.#host;
    if (changes.length === 0) return;
    const ticket = host.store.commit(changes);
    if (!host.isWatched) return;
    host.afterCommit(ticket, () => host.tell({ kind: 'logged', endpoint: device?.endpoint }));
  }
}

function addressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
