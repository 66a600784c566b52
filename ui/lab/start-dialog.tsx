// Before a run: which seed, and how many from there on.

import { $, component$, useContext, useSignal, type QRL } from '@builder.io/qwik';
import { api, problemsOf } from '../api.ts';
import { AppContext, say } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { navigate } from '../router.ts';
import { runAddress } from './words.ts';

interface StartDialogProps {
  readonly shelf: 'shipped' | 'own';
  readonly file: string;
  readonly name: string;
  /** What stands there at first. */
  readonly seed: number;
  readonly onClose$: QRL<() => void>;
}

export const StartDialog = component$((props: StartDialogProps) => {
  const app = useContext(AppContext);
  const seed = useSignal(String(props.seed));
  const seeds = useSignal('1');
  const problems = useSignal<{ readonly seed?: string; readonly seeds?: string }>({});
  const start = $(async () => {
    const wrong = {
      ...(!isCount(seed.value) && { seed: 'A seed is a number from 0 to 4294967295.' }),
      ...(!isCount(seeds.value) && { seeds: 'Write how many, 1 or more.' }),
    };
    problems.value = wrong;
    if (Object.keys(wrong).length > 0) return;
    try {
      const { shelf, file } = props;
      const started = await api.lab.start.mutate({
        shelf, file, seed: Number(seed.value), seeds: Number(seeds.value),
      });
      await props.onClose$();
      const [first] = started;
      if (started.length === 1 && first !== undefined) navigate(runAddress(first.id));
      else {
        say(app, `${started.length} runs are started.`);
        navigate('/lab');
      }
    } catch (error) {
      problems.value = problemsOf(error, ['seed', 'seeds']);
    }
  });
  return (
    <FormDialog
      title={`Run ${props.name}`} action="Run" onSubmit$={start} onClose$={props.onClose$}>
      <Field
        label="Seed" value={seed.value} isFirst problem={problems.value.seed}
        hint="All chance comes from it; the same seed gives the same run."
        onValue$={$((value: string) => { seed.value = value.trim(); })} />
      <Field
        label="Seeds from there on" value={seeds.value} problem={problems.value.seeds}
        hint="Each is a run of its own. With 5 or more a comparison knows what is chance."
        onValue$={$((value: string) => { seeds.value = value.trim(); })} />
    </FormDialog>
  );
});

function isCount(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}
