// The lines of a log, one under the other; on a phone the text has a row of its own.

import { component$ } from '@builder.io/qwik';
import { exact } from '../format.ts';
import type { LogLine } from '../wire.ts';
import { severityOf, toneOf, uptimeOf } from './words.ts';

interface LogLinesProps {
  readonly rows: readonly LogLine[];
  /** Where it came from is told too. */
  readonly hasSource: boolean;
}

export const LogLines = component$(({ rows, hasSource }: LogLinesProps) => (
  <ol class="log-lines">
    {rows.map((line) => {
      const received = exact(line.receiveTime);
      const uptime = uptimeOf(line);
      return (
        <li key={line.id} class={{ gap: line.dropped > 0 }}>
          <span class="mono faint" title={titleOf(line)}>{received.slice(5, 23)}</span>
          <span class={`tag ${toneOf(line)}`}>{severityOf(line)}</span>
          <span class="text">
            {hasSource && line.source !== '' && <span class="faint">{line.source} </span>}
            {line.module !== '' && <b>{line.module} </b>}
            {line.text}
            {uptime !== undefined && <span class="faint wide-only"> up {uptime}</span>}
          </span>
        </li>
      );
    })}
  </ol>
));

function titleOf({ receiveTime, deviceTime, source }: LogLine): string {
  return [
    `Received ${exact(receiveTime)}`,
    ...(source === '' ? [] : [`from ${source}`]),
    ...(deviceTime === undefined ? [] : [`device's clock ${exact(deviceTime)}`]),
  ].join('\n');
}
