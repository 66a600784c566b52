// The recorded messages that one live stream follows: where it has come. They are in memory, so
// each turn asks for what is new; asking is also what keeps the recording going.

import type { Management } from './management.ts';
import { messagesPage } from './message-view.ts';
import type { MessagesPage } from './views.ts';

/** In one turn. */
export const MESSAGE_TAIL_MAX = 100;

export class LiveMessages {
  #tail: { readonly after: number } | undefined;
  /** Everything up to this id was seen. */
  #cursor = 0;
  #wasRecording = true;

  /** Undefined: the page shows none. */
  show(tail: { readonly after: number } | undefined): void {
    if (tail?.after === this.#tail?.after) return;
    this.#tail = tail;
    this.#cursor = tail?.after ?? 0;
    this.#wasRecording = true;
  }

  take(
    management: Management, endpoint: string,
  ): MessagesPage & { readonly replaces: boolean } | undefined {
    if (this.#tail === undefined) return undefined;
    const page = messagesPage(
      management.recorded(endpoint), { after: this.#cursor, limit: MESSAGE_TAIL_MAX });
    const { isRecording, rows } = page;
    if (rows.length === 0 && isRecording === this.#wasRecording) return undefined;
    this.#wasRecording = isRecording;
    this.#cursor = rows[0]?.id ?? this.#cursor;
    return { ...page, replaces: rows.length === MESSAGE_TAIL_MAX };
  }
}
