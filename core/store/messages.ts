// What the main thread and the writer thread say to each other.

import type { Milliseconds } from '../ports.ts';
import type { Result } from '../result.ts';
import type { LoadedTable } from './loaded-rows.ts';
import type { TableMessage } from './table-columns.ts';
import type { TelemetryMessage } from './telemetry-batch.ts';

export type SqlValue = number | bigint | string | boolean | null | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Values of which a question is; those beyond may be looked at or not. */
export interface Span {
  /** By device time. */
  readonly from: Milliseconds;
  readonly to: Milliseconds;
  /** Only values stored after this sequence number. */
  readonly after: number;
}

/** A question over table and Parquet files, see past.ts. */
export interface History extends Statement {
  readonly span: Span;
}

/** What shall be in files by now, and what is too old to be kept. */
export interface RetainOrder {
  /** Days before the one that begins here are over. */
  readonly today: Milliseconds;
  /** Files of days that were over by then are deleted; undefined: none. */
  readonly keepFrom: Milliseconds | undefined;
  /** Values that go into files in one step. */
  readonly rowsAtOnce: number;
  /** Their texts and opaque values may be so long together. */
  readonly bytesAtOnce: number;
  /** A longer table gives up values of today. */
  readonly tableRowsMax: number;
}

/** Numbers of files. */
export interface Retained {
  readonly written: number;
  readonly removed: number;
}

/** Changes that become durable together or not at all. */
export interface GroupMessage {
  readonly telemetry: TelemetryMessage;
  readonly devices: TableMessage;
  readonly operations: TableMessage;
  readonly alerts: TableMessage;
  readonly events: TableMessage;
  /** The values that events are about: which event of this group, and which value. */
  readonly eventValues: { readonly events: readonly number[]; readonly values: readonly number[] };
  readonly logs: TableMessage;
  readonly credentials: TableMessage;
  readonly certificates: TableMessage;
  readonly associations: TableMessage;
  readonly associationStates: TableMessage;
  readonly dtlsSessions: TableMessage;
  /** Ids of devices to delete with all that is stored of them. */
  readonly forgotten: readonly number[];
  readonly removedCredentials: readonly string[];
  readonly removedCertificates: readonly string[];
  readonly endedAssociations: readonly number[];
  readonly endedDtlsSessions: readonly string[];
}

/** Groups are numbered in their order, from one start to the next. */
export interface NumberedGroup {
  readonly number: number;
  readonly group: GroupMessage;
}

export interface LoadedFacts {
  readonly messageIdSeed: number;
  readonly nextSequence: number;
  readonly nextDevice: number;
  readonly nextOperation: number;
  readonly nextAlert: number;
  readonly nextAssociation: number;
  readonly devices: LoadedTable;
  readonly credentials: LoadedTable;
  readonly certificates: LoadedTable;
  readonly associations: LoadedTable;
  readonly dtlsSessions: LoadedTable;
  readonly operations: LoadedTable;
  readonly alerts: LoadedTable;
}

export type ExportFormat = 'csv' | 'parquet';

/** Why a question has no answer, as the end that asked may read it. */
export interface Unanswered {
  readonly kind: 'busy' | 'too much' | 'refused';
  readonly sentence: string;
}

/** The answer to somebody's own SQL, as JSON has it: 64-bit integers and times are texts. */
export interface SqlTable {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  /** True when there are more rows than were asked for. */
  readonly isCut: boolean;
}

/** Questions that may take long, each within its own limits (long-questions.ts). */
export type LongRequest =
  | {
    readonly kind: 'ask'; readonly question: History; readonly bytesMax: number;
    readonly milliseconds: number;
  }
  | {
    readonly kind: 'sql'; readonly sql: string; readonly rowsMax: number;
    readonly milliseconds: number;
  }
  | {
    readonly kind: 'export'; readonly question: History; readonly format: ExportFormat;
    readonly file: string; readonly bytesMax: number; readonly milliseconds: number;
  };

export type Request =
  | {
    readonly kind: 'open'; readonly folder: string; readonly database: string;
    readonly memoryLimit: string;
  }
  | { readonly kind: 'group' } & NumberedGroup
  | { readonly kind: 'query' | 'write'; readonly statements: readonly Statement[] }
  | { readonly kind: 'history'; readonly history: History }
  | { readonly kind: 'retain'; readonly order: RetainOrder }
  | LongRequest
  /** `isAllTold`: every group of the journal has come. */
  | { readonly kind: 'close'; readonly isAllTold: boolean };

/** What the request of the same kind is answered with. */
export interface Answers {
  readonly open: { readonly facts: LoadedFacts; readonly nextGroup: number };
  /** The buffers, for reuse. */
  readonly group: TelemetryMessage;
  /** The rows of the one statement. */
  readonly query: readonly Row[];
  /** How many rows each statement changed. */
  readonly write: readonly number[];
  readonly history: readonly Row[];
  readonly retain: Retained;
  readonly ask: Result<readonly Row[], Unanswered>;
  readonly sql: Result<SqlTable, Unanswered>;
  /** How many rows are in the file. */
  readonly export: Result<number, Unanswered>;
  readonly close: undefined;
}

export type ToWorker = { readonly id: number; readonly request: Request };

export type FromWorker =
  | { readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly id: number; readonly error: string; readonly isFolderError: boolean }
  | { readonly warning: string };
