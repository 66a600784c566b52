// Devices the server turned down, live: who, why, what was answered, and when each is expected to
// try again.

import { component$, useContext, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { count } from '../format.ts';
import { onLive, onResume, show } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import type { Refusal } from '../wire.ts';

export const RefusedPage = component$(() => {
  const refusals = useSignal<readonly Refusal[]>();
  const problem = useSignal<string>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Refused · Flownexus';
    const load = (): void => {
      api.fleet.refusals.query().then((found) => {
        refusals.value = found;
        problem.value = undefined;
      }, (error: unknown) => {
        problem.value = problemOf(error);
      });
    };
    cleanup(onLive((message) => {
      if (message.kind === 'refusals') refusals.value = message.refusals;
    }));
    cleanup(onResume(load));
    show({ page: 'refused' });
    load();
  });
  return (
    <>
      <div class="page-head">
        <h1>Refused attempts</h1>
        <span class="muted">Registrations the server turned down since it started</span>
      </div>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <section class="panel">
        {refusals.value === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
        {refusals.value?.length === 0 && (
          <Notice
            title="Nothing was refused"
            text="A device that is turned down when it registers appears here with the reason." />
        )}
        {refusals.value !== undefined && refusals.value.length > 0
          && <RefusalTable refusals={refusals.value} />}
      </section>
    </>
  );
});

/** How actors/uplink.ts begins the reason that making an endpoint known removes. */
const UNKNOWN = 'unknown endpoint';

const RefusalTable = component$(({ refusals }: { readonly refusals: readonly Refusal[] }) => {
  const app = useContext(AppContext);
  return (
    <Scroll label="Refused attempts">
      <table class="refusals">
        <thead>
          <tr>
            <th>Endpoint</th><th>Reason</th><th>Answer</th><th class="num">Times</th>
            <th class="num">Last</th><th class="num">Tries again in</th><th>From</th>
            {isAdmin(app) && <th />}
          </tr>
        </thead>
        <tbody>
          {refusals.map((refusal) => (
            <tr key={`${refusal.endpoint} ${refusal.address} ${refusal.reason}`}>
              <td class="mono">
                {refusal.endpoint === ''
                  ? <span class="faint">no name given</span> : refusal.endpoint}
              </td>
              <td class="reason">{refusal.reason}</td>
              <td><span class="tag bad">{refusal.answer}</span></td>
              <td class="num">{count(refusal.count)}</td>
              <td class="num nowrap"><time-ago at={String(refusal.at)} /></td>
              <td class="num nowrap">
                {refusal.retryAt === undefined
                  ? <span class="faint">unknown</span> : <time-left at={String(refusal.retryAt)} />}
              </td>
              <td class="mono faint">{refusal.address}</td>
              {isAdmin(app) && (
                <td class="num">
                  {refusal.endpoint !== '' && refusal.reason.startsWith(UNKNOWN)
                    && <MakeKnown endpoint={refusal.endpoint} />}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});

const MakeKnown = component$(({ endpoint }: { readonly endpoint: string }) => {
  const app = useContext(AppContext);
  const isKnown = useSignal(false);
  if (isKnown.value) return <span class="tag good">known</span>;
  return (
    <button
      type="button" class="btn small"
      onClick$={async () => {
        try {
          await api.device.provision.mutate({ endpoint });
          isKnown.value = true;
          say(app, `${endpoint} may register now; it comes with its next try.`);
        } catch (error) {
          say(app, problemOf(error), 'bad');
        }
      }}>
      Make known
    </button>
  );
});
