// The credentials that a search found: whose each is, and whether it is used.

import { component$, useContext, type QRL } from '@builder.io/qwik';
import { AppContext, isAdmin } from '../app-state.ts';
import { count, exact } from '../format.ts';
import { Scroll } from '../parts/scroll.tsx';
import { deviceAddress } from '../router.ts';
import type { Credential, CredentialPage } from '../wire.ts';

interface TableProps {
  readonly found: CredentialPage;
  readonly onRotate$: QRL<(one: Credential) => void>;
  readonly onRevoke$: QRL<(one: Credential) => void>;
}

export const CredentialTable = component$(({ found, onRotate$, onRevoke$ }: TableProps) => {
  const app = useContext(AppContext);
  const others = found.total - found.rows.length;
  return (
    <>
      <Scroll label="Credentials">
        <table class="stacked">
          <thead>
            <tr>
              <th>Identity</th><th>Kind</th><th>Endpoint</th><th class="num">Made</th>
              <th class="num">Last used</th>{isAdmin(app) && <th />}
            </tr>
          </thead>
          <tbody>
            {found.rows.map((one) => (
              <tr key={`${one.identity} ${one.createdAt} ${one.lastUsedAt}`}>
                <td class="mono url">{one.identity}</td>
                <td><span class="tag">{one.kind}</span></td>
                <td class="mono url" data-label="of">
                  {one.lastUsedAt === undefined ? one.endpoint
                    : <a class="link" href={deviceAddress(one.endpoint)}>{one.endpoint}</a>}
                </td>
                <td class="num" data-label="made" title={exact(one.createdAt)}>
                  <time-ago at={String(one.createdAt)} />
                </td>
                <td class="num" data-label="used">
                  {one.lastUsedAt === undefined
                    ? <span class="faint">never</span>
                    : <time-ago at={String(one.lastUsedAt)} />}
                </td>
                {isAdmin(app) && (
                  <td class="num">
                    <span class="row">
                      {one.kind === 'psk' && (
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
