// Credentials: what proves who a device is. Operators look, admins give and take; a key is never
// seen again.

import { $, component$, useContext, useSignal, useVisibleTask$, type QRL } from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, isAdmin, mayOperate, say } from '../app-state.ts';
import { FilesPanel } from '../credentials/files.tsx';
import { ImportButton, ImportPanel, type ImportReport } from '../credentials/import.tsx';
import { KeyDialog, type KeyAbout } from '../credentials/key-dialog.tsx';
import { CredentialTable } from '../credentials/table.tsx';
import { count } from '../format.ts';
import { onResume, show } from '../live.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { keepInAddress } from '../router.ts';
import type { Credential, CredentialPage, DtlsFile } from '../wire.ts';

/** While somebody types, the search waits. */
const TYPING_PAUSE = 200;
/** When each was used last is kept new as long as that is little work for the server. */
const REFRESH = 5_000;
const REFRESHED_MAX = 1_000;

export const CredentialsPage = component$(() => {
  const mayLook = mayOperate(useContext(AppContext));
  const { found, files, problem, search, isEnding, load } = useSearch(mayLook);
  const about = useSignal<KeyAbout>();
  const revoking = useSignal<Credential>();
  const report = useSignal<ImportReport>();
  if (!mayLook) {
    return <Notice title="For operators and admins" text="Ask an admin to change your role." />;
  }
  const isUrgent = files.value.some(({ validity }) => validity !== 'good');
  const filesPanel = files.value.length > 0 && <FilesPanel files={files.value} />;
  return (
    <>
      <Head
        search={search.value} onSearch$={$((words: string) => { search.value = words; })}
        onAdd$={$(() => {
          about.value = { isNew: true, kind: 'psk', endpoint: '', identity: '' };
        })}
        onImported$={$((done: ImportReport) => {
          report.value = done;
          return load();
        })} />
      {problem.value !== undefined && <p class="problem" role="alert">{problem.value}</p>}
      <div class="stack">
        {report.value !== undefined && (
          <ImportPanel report={report.value} onClose$={$(() => { report.value = undefined; })} />
        )}
        {isUrgent && filesPanel}
        <CredentialsPanel
          found={found.value} isEnding={isEnding.value}
          onEnding$={$(() => { isEnding.value = !isEnding.value; })}
          onRevoke$={$((one: Credential) => { revoking.value = one; })}
          onRotate$={$(({ kind, endpoint, identity }: Credential) => {
            about.value = { isNew: false, kind, endpoint, identity };
          })} />
        {!isUrgent && filesPanel}
      </div>
      <p class="faint under-panel">
        Keys come in and never go out again: one that is lost is rotated. A list is CSV whose first
        line is <code>endpoint,key</code> or <code>endpoint,kind,identity,key</code>; a kind is{' '}
        <code>psk</code> with a key in hex, <code>rpk</code> with a public key, or{' '}
        <code>x509</code> with neither identity nor key.
      </p>
      {about.value !== undefined && (
        <KeyDialog
          about={about.value} takesCertificates={files.value.length > 0}
          onDone$={load} onClose$={$(() => { about.value = undefined; })} />
      )}
      {revoking.value !== undefined && (
        <RevokeDialog
          credential={revoking.value}
          onClose$={$(() => {
            revoking.value = undefined;
            return load();
          })} />
      )}
    </>
  );
});

/** What is searched for and what was found, kept as new as the search is. */
function useSearch(mayLook: boolean) {
  const found = useSignal<CredentialPage>();
  const problem = useSignal<string>();
  const files = useSignal<readonly DtlsFile[]>([]);
  const asked = new URLSearchParams(location.search);
  const search = useSignal(asked.get('search') ?? '');
  /** Only whose certificate is over or soon will be. */
  const isEnding = useSignal(asked.has('ending'));
  const load = $(async () => {
    const [words, ending] = [search.value, isEnding.value];
    try {
      const [page, known] = await Promise.all([
        api.credentials.page.query({ search: words.trim(), isEnding: ending }),
        api.credentials.files.query(),
      ]);
      if (words !== search.value || ending !== isEnding.value) return;
      found.value = page;
      files.value = known;
      problem.value = undefined;
    } catch (error) {
      problem.value = problemOf(error);
    }
  });
  useVisibleTask$(({ track, cleanup }) => {
    keepInAddress({ search: track(search), ending: track(isEnding) ? 'yes' : '' });
    if (!mayLook) return;
    const wait = setTimeout(load, found.value === undefined ? 0 : TYPING_PAUSE);
    cleanup(() => clearTimeout(wait));
  });
  useVisibleTask$(({ cleanup }) => {
    document.title = 'Credentials · Flownexus';
    show({ page: 'other' });
    if (!mayLook) return;
    cleanup(onResume(() => { void load(); }));
    const timer = setInterval(() => {
      if ((found.value?.all ?? 0) <= REFRESHED_MAX) void load();
    }, REFRESH);
    cleanup(() => clearInterval(timer));
  });
  return { found, files, problem, search, isEnding, load };
}

interface RevokeProps {
  readonly credential: Credential;
  readonly onClose$: QRL<() => unknown>;
}

const RevokeDialog = component$(({ credential, onClose$ }: RevokeProps) => {
  const app = useContext(AppContext);
  const { identity, endpoint, kind } = credential;
  return (
    <ConfirmDialog
      title={`Revoke ${identity}?`} name="" action="Revoke" onClose$={onClose$}
      onConfirm$={$(async () => {
        await api.credentials.revoke.mutate({ identity });
        say(app, `${identity} is revoked.`);
        await onClose$();
      })}>
      {kind === 'x509' ? (
        <>
          What <b>{endpoint}</b> has by its certificate ends, and it may come without one. The
          certificate is as good as before: only a revocation list of its authority takes it back.
        </>
      ) : (
        <>
          Its key is good for nothing at once, and what <b>{endpoint}</b> has by it ends. Without
          another credential it may come without security: to keep it closed, rotate the key
          instead.
        </>
      )}
    </ConfirmDialog>
  );
});

interface HeadProps {
  readonly search: string;
  readonly onSearch$: QRL<(words: string) => void>;
  readonly onAdd$: QRL<() => void>;
  readonly onImported$: QRL<(report: ImportReport) => unknown>;
}

const Head = component$(({ search, onSearch$, onAdd$, onImported$ }: HeadProps) => {
  const app = useContext(AppContext);
  return (
    <div class="page-head">
      <h1>Credentials</h1>
      <SearchField label="Search credentials" value={search} onValue$={onSearch$} />
      {isAdmin(app) && (
        <>
          <ImportButton onDone$={onImported$} />
          <button type="button" class="btn primary" onClick$={onAdd$}>Add</button>
        </>
      )}
    </div>
  );
});

interface PanelProps {
  readonly found: CredentialPage | undefined;
  readonly isEnding: boolean;
  readonly onEnding$: QRL<() => void>;
  readonly onRotate$: QRL<(one: Credential) => void>;
  readonly onRevoke$: QRL<(one: Credential) => void>;
}

const CredentialsPanel = component$((props: PanelProps) => {
  const { found, isEnding, onEnding$, onRotate$, onRevoke$ } = props;
  return (
    <section class="panel" aria-label="Credentials">
      {found === undefined && <p class="chart-empty"><i class="skeleton" /></p>}
      {found !== undefined && (found.ending > 0 || isEnding) && (
        <header>
          <button type="button" class="chip" aria-pressed={isEnding} onClick$={onEnding$}>
            Certificates that end soon or have ended <b>{count(found.ending)}</b>
          </button>
        </header>
      )}
      {found?.total === 0 && (found.all === 0 ? (
        <Notice
          title="No device has a credential yet"
          text="Give one a key, say which public key it has or that it comes with a certificate, or
            import a list. Then it may come by DTLS, over coaps." />
      ) : (
        <Notice
          title="No credential matches"
          text={isEnding ? 'No certificate ends within a month.'
            : 'Search a part of an identity, an endpoint or a kind.'} />
      ))}
      {found !== undefined && found.total > 0 && (
        <CredentialTable found={found} onRotate$={onRotate$} onRevoke$={onRevoke$} />
      )}
    </section>
  );
});
