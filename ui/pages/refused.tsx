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
  const { refusals, problem } = useRefusals();
  const about = useSignal<KeyAbout>();
  /** Which one it is for. */
  const adopting = useSignal('');
  /** Those that were helped here; what they were refused for is still told. */
  const helped = useSignal<readonly string[]>([]);
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
              onKey$={$((next: KeyAbout, key: string) => {
                about.value = next;
                adopting.value = key;
              })} />
          )}
      </section>
      {about.value !== undefined && (
        <KeyDialog
          about={about.value} takesCertificates
          onDone$={$(() => { helped.value = [...helped.value, adopting.value]; })}
          onClose$={$(() => { about.value = undefined; })} />
      )}
    </>
  );
});

/** The attempts as they are told. */
function useRefusals() {
  const refusals = useSignal<readonly Refusal[]>();
  const problem = useSignal<string>();
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Refused · Flownexus';
    let told = 0;
    const load = (): void => {
      const before = told;
      api.fleet.refusals.query().then((found) => {
        // What was told meanwhile is newer.
        if (told === before) refusals.value = found;
        problem.value = undefined;
      }, (error: unknown) => {
        problem.value = problemOf(error);
      });
    };
    cleanup(onLive((message) => {
      if (message.kind !== 'refusals') return;
      told++;
      refusals.value = message.refusals;
    }));
    cleanup(onResume(load));
    show({ page: 'refused' });
    load();
  });
  return { refusals, problem };
}

/** How actors/uplink.ts begins the reason that making an endpoint known removes. */
const UNKNOWN = 'unknown endpoint';
/** What actors/credentials.ts says of an endpoint that was given a key. */
const OTHER_KIND = 'it has credentials of another kind and came with a certificate';
/** How actors/associations.ts begins those of handshakes. */
const HANDSHAKE = 'DTLS handshake: ';
/** What helps where no button does. */
const ADVICE: Readonly<Record<string, string>> = {
  'unknown identity': 'Its certificate names no endpoint: it needs one whose CN does.',
  'replaced key': 'Its credential has another key now: rotate it back only if you trust this one.',
  'unreadable credential': 'Rotate it, or restore the secret.key that sealed it.',
  'unknown authority': 'If you trust the authority, add its certificate to --dtls-ca.',
  'certificate expired': 'Have its authority renew it.',
  'certificate not yet valid': 'Compare the clocks of server and authority.',
  'revocation list out of date': 'Put a newer list into --dtls-crl and send the server SIGHUP.',
  'no common suite': 'The server may need a key or certificate of the kind it wants.',
};

/** What makes the next try succeed: a dialog filled in, a click, words, or nothing known. */
type Remedy =
  | { readonly kind: 'dialog'; readonly label: string; readonly done: string;
    readonly about: KeyAbout }
  | { readonly kind: 'make known' }
  | { readonly kind: 'words'; readonly words: string };

function remedyOf({ endpoint, reason, security, publicKey, address }: Refusal): Remedy | undefined {
  const adopt = { isNew: true, from: address, endpoint, identity: '' } as const;
  const about = { ...adopt, kind: security === 'none' ? 'psk' : security ?? 'psk' };
  if (reason.startsWith(UNKNOWN)) {
    if (endpoint === '') return undefined;
    // What is only made known may come without its certificate too.
    return security !== 'x509' ? { kind: 'make known' }
      : { kind: 'dialog', label: 'Accept its certificate', done: 'accepted', about };
  }
  if (reason === OTHER_KIND) {
    const words = 'To let it come with either: flownexus credential add ENDPOINT --x509';
    return { kind: 'words', words };
  }
  if (!reason.startsWith(HANDSHAKE)) return undefined;
  const why = reason.slice(HANDSHAKE.length);
  if (security === 'psk' && endpoint !== '') {
    if (why === 'unknown identity') {
      return { kind: 'dialog', label: 'Give it a key', done: 'has a new key',
        about: { ...about, identity: endpoint } };
    }
    if (why === 'wrong key' || why === 'unreadable credential') {
      return { kind: 'dialog', label: 'Rotate its key', done: 'has a new key',
        about: { ...about, isNew: false, identity: endpoint } };
    }
  }
  if (publicKey !== undefined) {
    return { kind: 'dialog', label: 'Add its public key', done: 'has its key known',
      about: { ...about, endpoint: '', identity: endpoint, publicKey } };
  }
  const words = why === 'unknown identity' && security !== 'x509' ? undefined : ADVICE[why];
  return words === undefined ? undefined : { kind: 'words', words };
}

function keyOf({ endpoint, reason, security }: Refusal): string {
  return `${endpoint} ${reason} ${security}`;
}

interface TableProps {
  readonly refusals: readonly Refusal[];
  readonly helped: readonly string[];
  readonly onKey$: QRL<(about: KeyAbout, key: string) => void>;
}

const RefusalTable = component$(({ refusals, helped, onKey$ }: TableProps) => {
  const app = useContext(AppContext);
  return (
    <Scroll label="Refused attempts">
      <table class="stacked">
        <thead>
          <tr>
            <th>Endpoint</th><th>Reason</th><th>Answer</th><th class="num">Times</th>
            <th class="num">Last</th><th class="num">Next try</th><th>From</th>
          </tr>
        </thead>
        <tbody>
          {refusals.map((refusal) => (
            <tr key={`${keyOf(refusal)} ${refusal.address}`}>
              <td class="mono url">
                {refusal.endpoint === ''
                  ? <span class="faint">no name given</span> : refusal.endpoint}
              </td>
              <td class="reason">
                <span class="row wrap">
                  {refusal.reason}
                  {isAdmin(app) && (
                    <RemedyButton
                      refusal={refusal} isHelped={helped.includes(keyOf(refusal))}
                      onKey$={onKey$} />
                  )}
                </span>
              </td>
              <td>{refusal.answer !== '' && <span class="tag bad">{refusal.answer}</span>}</td>
              <td class="num" data-label="times">{count(refusal.count)}</td>
              <td class="num" data-label="last"><time-ago at={String(refusal.at)} /></td>
              <td class="num" data-label="next try">
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
  readonly refusal: Refusal;
  readonly isHelped: boolean;
  readonly onKey$: TableProps['onKey$'];
}

const RemedyButton = component$(({ refusal, isHelped, onKey$ }: RemedyProps) => {
  const remedy = remedyOf(refusal);
  if (remedy === undefined) return null;
  if (remedy.kind === 'make known') return <MakeKnown endpoint={refusal.endpoint} />;
  if (remedy.kind === 'words') return <span class="muted">{remedy.words}</span>;
  if (isHelped) return <span class="tag good">{remedy.done}</span>;
  return (
    <button
      type="button" class="btn small" onClick$={() => onKey$(remedy.about, keyOf(refusal))}>
      {remedy.label}
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
