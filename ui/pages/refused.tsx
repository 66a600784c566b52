// Devices the server turned down, live: who, why, what was answered, and when each is expected to
// try again.

import {
  $, component$, useContext, useSignal, useVisibleTask$, type QRL,
} from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, say } from '../app-state.ts';
import { KeyDialog, type KeyAbout } from '../credentials/key-dialog.tsx';
import { count } from '../format.ts';
import { onLive, onResume, show } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import { Scroll } from '../parts/scroll.tsx';
import type { Refusal } from '../wire.ts';

export const RefusedPage = component$(() => {
  const refusals = useSignal<readonly Refusal[]>();
  const problem = useSignal<string>();
  const about = useSignal<KeyAbout>();
  /** Identities that got a key here; what they were refused for is still told. */
  const helped = useSignal<readonly string[]>([]);
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
        <span class="muted">Devices the server turned down since it started</span>
      </div>
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <section class="panel">
        {refusals.value === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
        {refusals.value?.length === 0 && (
          <Notice
            title="Nothing was refused"
            text="A device whose handshake or registration is turned down appears here with the
              reason." />
        )}
        {refusals.value !== undefined && refusals.value.length > 0
          && (
            <RefusalTable
              refusals={refusals.value} helped={helped.value}
              onKey$={$((next: KeyAbout) => { about.value = next; })} />
          )}
      </section>
      {about.value !== undefined && (
        <KeyDialog
          about={about.value}
          onDone$={$((identity: string) => { helped.value = [...helped.value, identity]; })}
          onClose$={$(() => { about.value = undefined; })} />
      )}
    </>
  );
});

/** How actors/uplink.ts begins the reason that making an endpoint known removes. */
const UNKNOWN = 'unknown endpoint';
/** How actors/associations.ts begins those that a key removes. */
const NO_KEY = 'DTLS handshake: unknown identity';
const WRONG_KEY = 'DTLS handshake: wrong key';

interface TableProps {
  readonly refusals: readonly Refusal[];
  readonly helped: readonly string[];
  readonly onKey$: QRL<(about: KeyAbout) => void>;
}

const RefusalTable = component$(({ refusals, helped, onKey$ }: TableProps) => {
  const app = useContext(AppContext);
  return (
    <Scroll label="Refused attempts">
      <table class="stacked">
        <thead>
          <tr>
            <th>Endpoint</th><th>Reason</th><th>Answer</th><th class="num">Times</th>
            <th class="num">Last</th><th class="num">Tries again in</th><th>From</th>
          </tr>
        </thead>
        <tbody>
          {refusals.map((refusal) => (
            <tr key={`${refusal.endpoint} ${refusal.address} ${refusal.reason}`}>
              <td class="mono url">
                {refusal.endpoint === ''
                  ? <span class="faint">no name given</span> : refusal.endpoint}
              </td>
              <td class="reason">
                <span class="row wrap">
                  {refusal.reason}
                  {isAdmin(app) && refusal.endpoint !== '' && (
                    <Remedy
                      endpoint={refusal.endpoint} reason={refusal.reason}
                      isHelped={helped.includes(refusal.endpoint)} onKey$={onKey$} />
                  )}
                </span>
              </td>
              <td>{refusal.answer !== '' && <span class="tag bad">{refusal.answer}</span>}</td>
              <td class="num" data-label="times">{count(refusal.count)}</td>
              <td class="num" data-label="last"><time-ago at={String(refusal.at)} /></td>
              <td class="num" data-label="again in">
                {refusal.retryAt === undefined
                  ? <span class="faint">unknown</span> : <time-left at={String(refusal.retryAt)} />}
              </td>
              <td class="mono faint url" data-label="from">{refusal.address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
});

interface RemedyProps {
  readonly endpoint: string;
  readonly reason: string;
  readonly isHelped: boolean;
  readonly onKey$: QRL<(about: KeyAbout) => void>;
}

/** What makes the next try succeed, where it is known. */
const Remedy = component$(({ endpoint, reason, isHelped, onKey$ }: RemedyProps) => {
  if (reason.startsWith(UNKNOWN)) return <MakeKnown endpoint={endpoint} />;
  const isNew = reason.startsWith(NO_KEY);
  if (!isNew && !reason.startsWith(WRONG_KEY)) return null;
  if (isHelped) return <span class="tag good">has a new key</span>;
  return (
    <button
      type="button" class="btn small"
      onClick$={() => onKey$({ isNew, endpoint, identity: endpoint })}>
      {isNew ? 'Give it a key' : 'Rotate its key'}
    </button>
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
