// The states of the firmware update object (LwM2M Core 1.1.1 E.6) as a table: what can happen, in
// which states, and where it leads. What is not here does not happen.

/** /5/0/3 */
export const State = { IDLE: 0, DOWNLOADING: 1, DOWNLOADED: 2, UPDATING: 3 } as const;
export type State = (typeof State)[keyof typeof State];

/** /5/0/5 */
export const UpdateResult = {
  INITIAL: 0, SUCCESS: 1, OUT_OF_STORAGE: 2, CONNECTION_LOST: 4, BAD_INTEGRITY: 5, BAD_URI: 7,
  UPDATE_FAILED: 8, UNSUPPORTED_PROTOCOL: 9, CANCELLED: 10,
} as const;
export type UpdateResult = (typeof UpdateResult)[keyof typeof UpdateResult];

export interface Transition {
  readonly from: readonly State[];
  readonly to: State;
  readonly result: UpdateResult;
}

export type FirmwareEvent =
  | 'begun' | 'badUri' | 'unsupportedProtocol' | 'received' | 'outOfStorage' | 'connectionLost'
  | 'badIntegrity' | 'reset' | 'cancelled' | 'updating' | 'updated' | 'updateFailed';

const { IDLE, DOWNLOADING, DOWNLOADED, UPDATING } = State;

const TRANSITIONS: Readonly<Record<FirmwareEvent, Transition>> = {
  begun: { from: [IDLE], to: DOWNLOADING, result: UpdateResult.INITIAL },
  badUri: { from: [IDLE], to: IDLE, result: UpdateResult.BAD_URI },
  unsupportedProtocol: { from: [IDLE], to: IDLE, result: UpdateResult.UNSUPPORTED_PROTOCOL },
  received: { from: [DOWNLOADING], to: DOWNLOADED, result: UpdateResult.INITIAL },
  outOfStorage: { from: [DOWNLOADING], to: IDLE, result: UpdateResult.OUT_OF_STORAGE },
  connectionLost: { from: [DOWNLOADING], to: IDLE, result: UpdateResult.CONNECTION_LOST },
  badIntegrity: { from: [DOWNLOADING], to: IDLE, result: UpdateResult.BAD_INTEGRITY },
  reset: { from: [IDLE, DOWNLOADING, DOWNLOADED], to: IDLE, result: UpdateResult.INITIAL },
  cancelled: { from: [DOWNLOADING, DOWNLOADED], to: IDLE, result: UpdateResult.CANCELLED },
  updating: { from: [DOWNLOADED], to: UPDATING, result: UpdateResult.INITIAL },
  updated: { from: [UPDATING], to: IDLE, result: UpdateResult.SUCCESS },
  updateFailed: { from: [UPDATING], to: DOWNLOADED, result: UpdateResult.UPDATE_FAILED },
};

/** Undefined when it cannot happen in that state. */
export function transition(state: State, event: FirmwareEvent): Transition | undefined {
  const found = TRANSITIONS[event];
  return found.from.includes(state) ? found : undefined;
}
