// Rows and folders for the tests of the store.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Value } from '../lwm2m/value.ts';
import type {
  DeviceLogRow, DeviceRow, OperationRow, RegistrationRow, TelemetryRow,
} from './changes.ts';

/** Where child processes of tests import the store from. */
export const DIST_STORE = fileURLToPath(new URL('../../dist/core/store/', import.meta.url));

export const NOON = Date.UTC(2026, 10, 22, 12);

const folders: string[] = [];

/** A new folder; `removeFolders` deletes all of them. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flownexus-store-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function registrationRow(change: Partial<RegistrationRow> = {}): RegistrationRow {
  return {
    id: 'r1', lwm2mVersion: '1.1', lifetime: 86_400, binding: 'UQ', queueMode: true,
    smsNumber: undefined, links: '</>;ct=11543,</3/0>,</3303/0>', unknownParameters: [],
    registeredAt: NOON, updatedAt: NOON + 1_000, expiresAt: NOON + 86_401_000, listener: 0,
    host: '192.0.2.7', port: 56_830, security: 'none', identity: '',
    association: undefined, tokenBase: 'a1b2c3d4e5f6',
    observed: ['/3303/0/5700'],
    ...change,
  };
}

export function deviceRow(id: number, change: Partial<DeviceRow> = {}): DeviceRow {
  return {
    id, endpoint: `urn:imei:${1_000_000 + id}`, displayName: '', tags: [],
    registration: registrationRow({ id: `r${id}` }), ended: undefined, firstSeenAt: NOON - 5_000,
    lastSeenAt: NOON, source: '192.0.2.7', observeAlso: [], observeNever: [], declared: '',
    batteryPercent: undefined, signalDbm: undefined, firmwareVersion: undefined,
    manufacturer: undefined, model: undefined, firmwareState: 0, ...change,
  };
}

export function telemetryRow(
  sequence: number, value: Value, change: Partial<TelemetryRow> = {},
): TelemetryRow {
  return {
    sequence, device: 1, object: 3303, instance: 0, resource: 5700, resourceInstance: -1,
    deviceTime: NOON + sequence * 1_000, receiveTime: NOON + sequence * 1_000 + 40, value,
    ...change,
  };
}

export function operationRow(id: number, change: Partial<OperationRow> = {}): OperationRow {
  return {
    id, device: 1, kind: 'read', path: '/3/0', parameters: '', status: 'QUEUED', attempts: 0,
    outcome: '', answer: '', requestedBy: 'admin', createdAt: NOON, changedAt: NOON,
    expiresAt: undefined, ...change,
  };
}

export function logRow(text: string, change: Partial<DeviceLogRow> = {}): DeviceLogRow {
  return {
    device: 1, source: '192.0.2.7:514', deviceTime: undefined, receiveTime: NOON, facility: 16,
    severity: 6, module: 'net', text, dropped: 0, ...change,
  };
}
