// What a device says in a Register and an Update (LwM2M Core 1.1.1 s6.2, Transport 1.1.1 s6.4.3):
// query and object list in, typed command or the exact error answer out. Who may register and
// what becomes of the registration is decided elsewhere.

import type { Result } from '../result.ts';
import type { Seconds } from '../ports.ts';

export type Lwm2mVersion = '1.0' | '1.1';

/** What a Register or Update body says. `source` is kept as received; interned by the caller. */
export interface ObjectList {
  readonly source: string;
  /** '' or the alternate path, like `/lwm2m`, that every path to the device begins with. */
  readonly rootPath: string;
  /** Content formats the device says it speaks (`ct` of the root link); often empty. */
  readonly formats: readonly number[];
  readonly instances: readonly { readonly object: number; readonly instance: number }[];
  /** Every object named, with or without instances. */
  readonly objects: readonly { readonly object: number; readonly version: string }[];
}

export interface RegisterCommand {
  readonly endpoint: string;
  readonly lwm2mVersion: Lwm2mVersion;
  readonly lifetime: Seconds;
  /** The letters of `b` without Q, like `U`. */
  readonly binding: string;
  readonly queueMode: boolean;
  readonly smsNumber?: string;
  readonly objects: ObjectList;
  /** Parameters no specification knows, as received; kept for people to see. */
  readonly unknownParameters: readonly string[];
}

/** What is absent stays as it was. */
export interface UpdateCommand {
  readonly lifetime?: Seconds;
  readonly binding?: string;
  readonly queueMode?: boolean;
  readonly smsNumber?: string;
  readonly objects?: ObjectList;
}

/** The CoAP code to answer, and why, in the operator's words. */
export interface Refused {
  readonly code: number;
  readonly reason: string;
}

export type Registered<Command> = Result<Command, Refused>;
