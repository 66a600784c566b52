// A list of keys from a file: what can be taken is, and each line that cannot is told.

import { $, component$, useSignal, type QRL } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { count } from '../format.ts';

export interface ImportReport {
  readonly file: string;
  readonly added: number;
  readonly bad: readonly { readonly line: number; readonly reason: string }[];
  /** Why nothing of it could be read. */
  readonly problem?: string;
}

/** What the server takes. */
const BYTES_MAX = 8 * 1024 * 1024;
/** More at once are no help: they have one cause, or come again with the next try. */
const BAD_SHOWN_MAX = 100;

export const ImportButton = component$((props: {
  readonly onDone$: QRL<(report: ImportReport) => unknown>;
}) => {
  const chooser = useSignal<HTMLInputElement>();
  const progress = useSignal<string>();
  const take = $(async (file: File) => {
    progress.value = 'Reading';
    const report = await imported(file, (words) => { progress.value = words; });
    progress.value = undefined;
    await props.onDone$(report);
  });
  return (
    <>
      <input
        ref={chooser} type="file" accept=".csv,.txt,text/csv,text/plain" hidden
        aria-label="File of credentials"
        onChange$={async (_, input) => {
          const file = input.files?.[0];
          // The same file once more is a change too, and is read before it is let go.
          if (file !== undefined) await take(file);
          input.value = '';
        }} />
      <button
        type="button" class="btn" disabled={progress.value !== undefined} aria-live="polite"
        title="CSV: endpoint,key or endpoint,kind,identity,key"
        onClick$={() => chooser.value?.click()}>
        {progress.value ?? 'Import a list'}
      </button>
    </>
  );
});

async function imported(
  file: File, onProgress: (words: string) => void,
): Promise<ImportReport> {
  const nothing = { file: file.name, added: 0, bad: [] };
  if (file.size > BYTES_MAX) {
    return { ...nothing, problem: 'It is larger than 8 MB. Split it, each part with the heading.' };
  }
  const list = await file.text().catch(() => undefined);
  if (list === undefined) {
    return { ...nothing, problem: 'It cannot be read here. Choose it again.' };
  }
  onProgress(`Importing ${count(list.trim().split('\n').length - 1)} lines`);
  try {
    return { file: file.name, ...await api.credentials.import.mutate({ list }) };
  } catch (error) {
    return { ...nothing, problem: problemOf(error) };
  }
}

interface ReportProps {
  readonly report: ImportReport;
  readonly onClose$: QRL<() => void>;
}

export const ImportPanel = component$(({ report, onClose$ }: ReportProps) => {
  const { file, added, bad, problem } = report;
  const others = bad.length - BAD_SHOWN_MAX;
  return (
    <section class="panel" role="status" aria-label="Import">
      <header>
        <h2>{file}</h2>
        {problem === undefined && <span class="tag good">{count(added)} added</span>}
        {bad.length > 0 && <span class="tag bad">{count(bad.length)} refused</span>}
        <button type="button" class="btn small right" onClick$={onClose$}>Close</button>
      </header>
      {problem !== undefined && <p class="problem in-place">{problem}</p>}
      {bad.length > 0 && (
        <>
          <ul class="mistakes">
            {bad.slice(0, BAD_SHOWN_MAX).map(({ line, reason }) => (
              <li key={line}><code>line {line}</code><span>{reason}</span></li>
            ))}
          </ul>
          <p class="faint more">
            {others > 0 && `${count(others)} more. `}
            Put these lines right in a file of their own, with the same heading, and import that.
          </p>
        </>
      )}
    </section>
  );
});
