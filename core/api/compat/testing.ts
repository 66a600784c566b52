// Reads an event stream for tests: what came so far, and waits for more.

import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

export class EventReader {
  readonly response: IncomingMessage;
  text = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => { this.text += chunk; });
    // Cut off is how some of them end.
    response.on('error', () => {});
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const asking = request(url, { headers: { accept: 'text/event-stream', ...headers } });
    asking.end();
    const [response] = await once(asking, 'response') as [IncomingMessage];
    return new EventReader(response);
  }

  /** Each event as its name and its data. */
  get events(): [name: string, data: Record<string, unknown>][] {
    return [...this.text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)]
      .map(([, name = '', data = '']) => [name, JSON.parse(data) as Record<string, unknown>]);
  }

  /** Waits until it has said this; a test that waits in vain runs into its own limit. */
  async until(said: (reader: EventReader) => boolean): Promise<void> {
    while (!said(this)) await once(this.response, 'data');
  }

  close(): void {
    this.response.destroy();
  }
}
