// Where only known endpoints may register, an admin makes them known here first.

import { $, component$, useContext, useSignal } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { Field } from '../parts/field.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';

export const ProvisionButton = component$(() => {
  const app = useContext(AppContext);
  const isOpen = useSignal(false);
  const endpoint = useSignal('');
  const problem = useSignal<string>();
  const close = $(() => { isOpen.value = false; });
  const add = $(async () => {
    try {
      await api.device.provision.mutate({ endpoint: endpoint.value });
      say(app, `${endpoint.value} may register now.`);
      endpoint.value = '';
      problem.value = undefined;
      isOpen.value = false;
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  if (app.facts?.registration !== 'known' || !isAdmin(app)) return null;
  return (
    <>
      <button type="button" class="btn primary" onClick$={() => { isOpen.value = true; }}>
        Add a device
      </button>
      {isOpen.value && (
        <FormDialog
          title="Add a device" action="Add" isReady={endpoint.value !== ''}
          onSubmit$={add} onClose$={close}>
          <Field
            label="Endpoint name, as the device sends it" value={endpoint.value} isFirst
            problem={problem.value} hint="Like urn:imei:352656104074000"
            onValue$={$((value: string) => { endpoint.value = value; })} />
        </FormDialog>
      )}
    </>
  );
});
