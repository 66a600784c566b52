// The credentials that a search found: whose each is, and whether it is used.

import { component$, useContext, type QRL } from '@builder.io/qwik';
import { AppContext, isAdmin } from '../app-state.ts';
import { count } from '../format.ts';
import { Scroll } from '../parts/scroll.tsx';
import { Until } from '../parts/until.tsx';
import { deviceAddress } from '../router.ts';
import type { Credential, CredentialPage } from '../wire.ts';

interface TableProps {
  readonly found: CredentialPage;
  readonly onRotate$: QRL<(one: Credential) => void>;
  readonly onRevoke$: QRL<(one: Credential) => void>;
}

export const CredentialTable = component$(({ found, onRotate$, onRevoke$ }: TableProps) => {
  const app = useContext(AppContext);
  const hasEnds = found.rows.some(({ notAfter }) => notAfter !== undefined);
  const others = found.total - found.rows.length;
  return (
    <>
      <Scroll label="Credentials">
        <table class="stacked">
          <thead>
            <tr>
              <th>Identity</th><th>Kind</th><th>Endpoint</th><th class="num">Made</th>
              <th class="num">Last used</th>{hasEnds && <th class="num">Good until</th>}
              {isAdmin(app) && <th />}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((one) => (
              <tr key={keyOf(one)}>
                <td class="url">
                  <span class="mono">{one.identity}</span>
                  {one.isUnreadable && <Unreadable />}
                </td>
                <td><span class="tag">{one.kind}</span></td>
                <td class="mono url" data-label="of">
                  {one.isDevice === true
                    ? <a class="link" href={deviceAddress(one.endpoint)}>{one.endpoint}</a>
                    : one.endpoint}
                </td>
                <td class="num" data-label="made">
                  {one.createdAt === undefined
                    ? <span class="faint" title="Its authority vouches for it">not here</span>
                    : <time-ago at={String(one.createdAt)} />}
                </td>
                <td class="num" data-label="used">
                  {one.lastUsedAt === undefined
                    ? <span class="faint">never</span>
                    : <time-ago at={String(one.lastUsedAt)} />}
                </td>
                {hasEnds && (
                  <td class="num" data-label="good until">
                    {one.notAfter !== undefined
                      && <Until until={one.notAfter} validity={one.validity} />}
                  </td>
                )}
                {isAdmin(app) && (
                  <td class="num">
                    <Buttons one={one} onRotate$={onRotate$} onRevoke$={onRevoke$} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {others > 0 && <p class="faint more">{count(others)} more; search to see them.</p>}
    </>
  );
});

const Unreadable = () => (
  <p class="muted">
    <span class="tag bad">unreadable</span> Rotate it, or restore the secret.key that sealed it.
  </p>
);

interface ButtonsProps extends Omit<TableProps, 'found'> {
  readonly one: Credential;
}

/** Nobody gave what its authority alone vouches for, so nobody takes it away. */
const Buttons = component$(({ one, onRotate$, onRevoke$ }: ButtonsProps) => {
  if (one.createdAt === undefined) return null;
  return (
    <span class="row">
      {one.kind !== 'x509' && (
        <button
          type="button" class="btn small" aria-label={`Rotate ${one.identity}`}
          onClick$={() => onRotate$(one)}>
          Rotate
        </button>
      )}
      <button
        type="button" class="btn small" aria-label={`Revoke ${one.identity}`}
        onClick$={() => onRevoke$(one)}>
        Revoke
      </button>
    </span>
  );
});

/** Whatever of it may change. */
function keyOf(one: Credential): string {
  return Object.values(one).join(' ');
}
