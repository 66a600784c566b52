// The firmware update object (LwM2M Core 1.1.1 E.6): a package or its URI is written, or a vendor's
// cloud starts an update past the server; the download takes its planned time and may fail by plan;
// the new version runs after a reboot. What leads where is in firmware-states.ts.

import { Code } from '../../core/coap/message.ts';
import { pathOf, type Path } from '../../core/lwm2m/path.ts';
import type { Milliseconds } from '../../core/ports.ts';
import { Alarm } from '../alarm.ts';
import type { SimulatedDevice } from '../device.ts';
import { reportChanged } from '../notifications.ts';
import { integer, text, type ValueAt } from '../resources.ts';
import type { FirmwarePlan } from '../scenario/model.ts';
import { constant } from '../signals.ts';
import { State, transition, UpdateResult, type FirmwareEvent } from './firmware-states.ts';
import type { Executions, Writings } from './object.ts';

export const DEFAULT_FIRMWARE: FirmwarePlan = {
  version: '1.0.0', downloadTime: 60_000, updateTime: 20_000, fails: 'none',
};

/** What /5/0/8 says: CoAP, CoAPS, HTTP, HTTPS. */
const SCHEMES: readonly string[] = ['coap:', 'coaps:', 'http:', 'https:'];
/** /5/0/9 */
const PULL_AND_PUSH = 2;
/** A vendor's agent installs what it downloaded without waiting for anybody. */
const VENDOR_PAUSE: Milliseconds = 10_000;
const URI_LENGTH_MAX = 255;
/** Bytes of a package in which its version may stand. */
const HEADER_LENGTH = 256;

const URI = pathOf([5, 0, 1]);
const STATE = pathOf([5, 0, 3]);
const RESULT = pathOf([5, 0, 5]);

/** What is so before the first update. */
export function firmwareValues(): Record<string, ValueAt> {
  const protocols = SCHEMES.map((_, index) => (
    [`/5/0/8/${index}`, integer(constant(index))] as const));
  return {
    '/5/0/1': text(''), '/5/0/3': integer(constant(State.IDLE)),
    '/5/0/5': integer(constant(UpdateResult.INITIAL)), ...Object.fromEntries(protocols),
    '/5/0/9': integer(constant(PULL_AND_PUSH)),
  };
}

export class Firmware {
  state: State = State.IDLE;
  result: UpdateResult = UpdateResult.INITIAL;
  /** What runs. */
  version: string;
  uri = '';
  /** What observers of the URI know. */
  #toldUri = '';
  /** The version under way. */
  #next = '';
  #isOfVendor = false;
  readonly #device: SimulatedDevice;
  readonly #plan: FirmwarePlan;
  readonly #alarm = new Alarm<Firmware>(this, Firmware.#onDue);

  constructor(device: SimulatedDevice, plan: FirmwarePlan) {
    this.#device = device;
    this.#plan = plan;
    this.version = plan.version;
    const { values } = device.ownState();
    values.set('/5/0/1', () => ({ type: 'string', value: this.uri }));
    values.set('/5/0/3', () => ({ type: 'integer', value: BigInt(this.state) }));
    values.set('/5/0/5', () => ({ type: 'integer', value: BigInt(this.result) }));
    values.set('/3/0/3', () => ({ type: 'string', value: this.version }));
  }

  can(event: FirmwareEvent): boolean {
    return transition(this.state, event) !== undefined;
  }

  /** A whole package in one message; one that comes in blocks will begin with the first of them. */
  onPackage(bytes: Uint8Array): void {
    if (isReset(bytes)) return this.#reset();
    if (!this.#begin(versionIn(String.fromCharCode(...bytes.subarray(0, HEADER_LENGTH))))) return;
    const { fails } = this.#plan;
    this.#step(fails === 'outOfStorage' || fails === 'badIntegrity' ? fails : 'received');
  }

  onUri(uri: string): void {
    if (uri === '') return this.#reset();
    if (!this.can('begun')) return;
    this.uri = uri;
    if (!URL.canParse(uri)) return this.#step('badUri');
    if (!SCHEMES.includes(new URL(uri).protocol) || this.#plan.fails === 'unsupportedProtocol') {
      return this.#step('unsupportedProtocol');
    }
    if (this.#begin(versionIn(uri))) this.#download();
  }

  /** Of a vendor's cloud, past the server; a device that is busy with another goes on with that. */
  onVendor(version: string): void {
    if (this.state === State.DOWNLOADED) this.#reset();
    if (!this.#begin(version)) return;
    this.#isOfVendor = true;
    this.#download();
  }

  update(): void {
    if (!this.can('updating')) return;
    this.#step('updating');
    this.#device.setAlarm(this.#alarm, this.#plan.updateTime);
  }

  cancel(): void {
    if (!this.can('cancelled')) return;
    this.#device.clearAlarm(this.#alarm);
    this.#step('cancelled');
  }

  onPowerOff(): void {
    this.#device.clearAlarm(this.#alarm);
  }

  /** Half a download is lost with the power; what was to be installed is now. */
  onPowerOn(): void {
    if (this.state === State.DOWNLOADING) this.#step('connectionLost');
    else if (this.state === State.UPDATING) this.#install();
    else if (this.state === State.DOWNLOADED && this.#isOfVendor) this.#updateSoon();
  }

  #begin(version: string | undefined): boolean {
    if (!this.can('begun')) return false;
    this.#next = version ?? after(this.version);
    this.#isOfVendor = false;
    this.#step('begun');
    return true;
  }

  #download(): void {
    const { downloadTime, fails } = this.#plan;
    const isCutShort = fails === 'connectionLost' || fails === 'outOfStorage';
    this.#device.setAlarm(this.#alarm, isCutShort ? Math.ceil(downloadTime / 2) : downloadTime);
  }

  #reset(): void {
    if (!this.can('reset')) return;
    this.#device.clearAlarm(this.#alarm);
    this.uri = '';
    this.#isOfVendor = false;
    this.#step('reset');
  }

  #updateSoon(): void {
    this.#device.setAlarm(this.#alarm, VENDOR_PAUSE);
  }

  #install(): void {
    if (this.#plan.fails === 'updateFailed') {
      // Else it would try for ever.
      this.#isOfVendor = false;
      this.#step('updateFailed');
      return;
    }
    this.version = this.#next;
    this.#step('updated');
  }

  static #onDue(this: void, firmware: Firmware): void {
    switch (firmware.state) {
      case State.DOWNLOADING: return firmware.#onDownloaded();
      case State.DOWNLOADED: return firmware.update();
      case State.UPDATING: return firmware.#device.reboot();
      default: return;
    }
  }

  #onDownloaded(): void {
    const { fails } = this.#plan;
    if (fails === 'outOfStorage' || fails === 'connectionLost' || fails === 'badIntegrity') {
      return this.#step(fails);
    }
    this.#step('received');
    if (this.#isOfVendor) this.#updateSoon();
  }

  #step(event: FirmwareEvent): void {
    const found = transition(this.state, event);
    if (found === undefined) return;
    const changed: Path[] = [];
    if (this.uri !== this.#toldUri) changed.push(URI);
    if (this.state !== found.to) changed.push(STATE);
    if (this.result !== found.result) changed.push(RESULT);
    this.#toldUri = this.uri;
    this.state = found.to;
    this.result = found.result;
    this.#device.log(`firmware ${this.state} ${this.result}`);
    reportChanged(this.#device, changed);
  }
}

/** LwM2M Core E.6: a single NUL empties the package, as an empty text does the URI. */
function isReset(bytes: Uint8Array): boolean {
  return bytes.length === 0 || (bytes.length === 1 && bytes[0] === 0);
}

/** The last that looks like one: hosts and folders stand before it. */
function versionIn(words: string): string | undefined {
  return words.match(/\d{1,5}\.\d{1,5}\.\d{1,5}/g)?.at(-1);
}

/** Of an image that does not say its version. */
function after(version: string): string {
  return version.replace(/\d*$/, (digits) => String(Number(digits) + 1));
}

export function firmwareOf(device: SimulatedDevice): Firmware {
  const own = device.ownState();
  own.firmware ??= new Firmware(device, device.options.firmware ?? DEFAULT_FIRMWARE);
  return own.firmware;
}

function unless(isPossible: boolean): number | undefined {
  return isPossible ? undefined : Code.METHOD_NOT_ALLOWED;
}

export const firmwareWritings: Writings = {
  '/5/0/0': {
    reportsItself: true,
    refusal: (device, value) => unless(
      firmwareOf(device).can(value.type === 'opaque' && isReset(value.value) ? 'reset' : 'begun'),
    ),
    onWritten: (device, value) => {
      if (value.type === 'opaque') firmwareOf(device).onPackage(value.value);
    },
  },
  '/5/0/1': {
    reportsItself: true,
    refusal: (device, value) => {
      if (value.type !== 'string' || value.value.length > URI_LENGTH_MAX) return Code.BAD_REQUEST;
      return unless(firmwareOf(device).can(value.value === '' ? 'reset' : 'begun'));
    },
    onWritten: (device, value) => {
      if (value.type === 'string') firmwareOf(device).onUri(value.value);
    },
  },
};

export const firmwareExecutions: Executions = {
  '/5/0/2': {
    refusal: (device) => unless(firmwareOf(device).can('updating')),
    onExecuted: (device) => firmwareOf(device).update(),
  },
  '/5/0/10': {
    refusal: (device) => unless(firmwareOf(device).can('cancelled')),
    onExecuted: (device) => firmwareOf(device).cancel(),
  },
};
