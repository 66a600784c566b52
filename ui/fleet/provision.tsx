// Where only known endpoints may register, an admin makes them known here first.

import { $, component$, useContext, useSignal } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';

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
        <Dialog label="Add a device" onClose$={close}>
          <form preventdefault:submit onSubmit$={add}>
            <h2>Add a device</h2>
            <Field
              label="Endpoint name, as the device sends it" value={endpoint.value} isFirst
              problem={problem.value} hint="Like urn:imei:352656104074000"
              onValue$={$((value: string) => { endpoint.value = value; })} />
            <div class="actions">
              <button type="button" class="btn" onClick$={close}>Cancel</button>
              <button class="btn primary" disabled={endpoint.value === ''}>Add</button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
});
