// Adds models from files that a person chooses, one request for each: a bad one is told and stops
// none of the others.

import { $, component$, useContext, useSignal, type QRL } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { base64Of, Unusable } from '../file-content.ts';

interface UploadButtonProps {
  /** Gets what is wrong with the files that were not taken, a sentence each. */
  readonly onDone$: QRL<(refused: readonly string[]) => Promise<void>>;
}

/** What the server takes. */
const BYTES_MAX = 256 * 1024;

export const UploadButton = component$(({ onDone$ }: UploadButtonProps) => {
  const app = useContext(AppContext);
  const chooser = useSignal<HTMLInputElement>();
  const progress = useSignal<string>();
  const upload = $(async (files: readonly File[]) => {
    const added: string[] = [];
    const refused: string[] = [];
    for (const [index, file] of files.entries()) {
      progress.value = files.length === 1 ? 'Adding' : `Adding ${index + 1} of ${files.length}`;
      try {
        added.push(await add(file));
      } catch (error) {
        refused.push(error instanceof Unusable ? error.message : problemOf(error));
      }
    }
    progress.value = undefined;
    if (added.length === 1) say(app, added[0] ?? '');
    if (added.length > 1) say(app, `${added.length} models are added.`);
    await onDone$(refused);
  });
  return (
    <>
      <input
        ref={chooser} type="file" accept=".xml,text/xml,application/xml" multiple hidden
        aria-label="Files of object definitions"
        onChange$={async (_, input) => {
          const files = [...input.files ?? []];
          // The same file once more is a change too.
          input.value = '';
          await upload(files);
        }} />
      <button
        type="button" class="btn primary" disabled={progress.value !== undefined}
        title="Object definitions: DDF files, .xml" onClick$={() => chooser.value?.click()}>
        {progress.value ?? 'Add models'}
      </button>
    </>
  );
});

async function add(file: File): Promise<string> {
  if (file.size > BYTES_MAX) throw new Unusable(`${file.name} is larger than 256 KB.`);
  const { object, version, name, replaced } = await api.models.add.mutate({
    file: file.name.slice(-255), content: await base64Of(file),
  });
  return `${name}, ${object} ${version}, is ${replaced ? 'replaced' : 'added'}.`;
}
