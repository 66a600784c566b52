// What the device said of itself when it registered, and what the server knows about it.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext, mayOperate } from '../app-state.ts';
import { registeredFor } from '../format.ts';
import { Until } from '../parts/until.tsx';
import type { DeviceNews } from '../wire.ts';
import { setObserved } from './actions.ts';
import { DeviceContext } from './context.ts';

/** By what was asked to make it so. */
const NOT_SO: Readonly<Record<string, string>> = {
  write: 'value not held', execute: 'not started or stopped',
};

export const Facts = component$(() => {
  const { news } = useContext(DeviceContext);
  return (
    <section class="panel" aria-label="Registration">
      <header>
        <h2>Registration</h2>
        {news?.registration === null && <span class="right tag bad">{news.ended}</span>}
      </header>
      {news === undefined ? <FactsLoading /> : <FactList news={news} />}
    </section>
  );
});

const FactsLoading = component$(() => (
  <div class="facts">{[1, 2, 3, 4, 5, 6].map((key) => <i key={key} class="skeleton" />)}</div>
));

const FactList = component$(({ news }: { readonly news: DeviceNews }) => {
  const { registration } = news;
  const maker = [news.manufacturer, news.model].filter((part) => part !== null).join(' ');
  return (
    <dl class="facts">
      <dt>Profile</dt>
      <dd>{[news.profile, ...news.groups].join(', ')}</dd>
      {registration !== null && (
        <>
          <dt>LwM2M</dt>
          <dd>
            {registration.lwm2mVersion}, {registration.queueMode ? 'queue mode' : 'always on'}
          </dd>
          <dt>Security</dt>
          <dd>
            {registration.security}{' '}
            {registration.identity !== '' && (
              <span class="muted">as <span class="mono">{registration.identity}</span></span>
            )}
          </dd>
          <dt>Address</dt>
          <dd class="mono">{addressText(registration.host, registration.port)}</dd>
          <dt>Lifetime</dt>
          <dd>
            {registeredFor(registration.lifetime)}{' '}
            {registration.lifetime > 0 && (
              <span class="muted">
                (<time-left at={String(registration.expiresAt)} word="left" />)
              </span>
            )}
          </dd>
          <dt>Registered</dt>
          <dd><time-ago at={String(registration.registeredAt)} /></dd>
          {registration.unknownParameters.length > 0 && (
            <>
              <dt>Also said</dt>
              <dd class="mono">{registration.unknownParameters.join(' ')}</dd>
            </>
          )}
        </>
      )}
      {news.certificate !== undefined && <Certificate shown={news.certificate} />}
      {maker !== '' && <><dt>Made by</dt><dd>{maker}</dd></>}
      {news.firmwareVersion !== null && <><dt>Firmware</dt><dd>{news.firmwareVersion}</dd></>}
      <dt>First seen</dt>
      <dd>{news.firstSeenAt > 0 ? <time-ago at={String(news.firstSeenAt)} /> : 'never'}</dd>
      {news.observing.filter((target) => !isOfOneResource(target)).map((target) => (
        <Whole key={target} target={target} />
      ))}
      <NotSo news={news} />
    </dl>
  );
});

/** What was to be so and is not. */
const NotSo = component$(({ news }: { readonly news: DeviceNews }) => (
  <>
    {news.notObserving.map(({ path, reason }) => (
      <>
        <dt class="mono">{path}</dt>
        <dd class="muted">not observed: {reason} <StopObserving target={path} /></dd>
      </>
    ))}
    {news.unmet.map(({ kind, path, reason }) => (
      <>
        <dt class="mono">{path}</dt>
        <dd class="muted">{NOT_SO[kind] ?? 'attributes not set'}: {reason}</dd>
      </>
    ))}
  </>
));

interface CertificateProps {
  readonly shown: NonNullable<DeviceNews['certificate']>;
}

/** The one that it has shown last. */
const Certificate = component$(({ shown: { serial, notAfter, validity } }: CertificateProps) => (
  <>
    <dt>Certificate</dt>
    <dd>
      <Until until={notAfter} validity={validity} />{' '}
      <span class="muted">
        {validity !== 'good' && validity !== 'revoked' && 'Renew it at its authority. '}
        serial <span class="mono">{serial}</span>
      </span>
    </dd>
  </>
));

/** The tree shows those; what covers more is shown here. */
function isOfOneResource(target: string): boolean {
  return /^(\/\d+){3}$/.test(target);
}

const Whole = component$(({ target }: { readonly target: string }) => (
  <>
    <dt class="mono">{target.split('+').join(' + ')}</dt>
    <dd>
      observed {target.includes('+') ? 'together' : 'as a whole'}{' '}
      <StopObserving target={target} />
    </dd>
  </>
));

const StopObserving = component$(({ target }: { readonly target: string }) => {
  const app = useContext(AppContext);
  const { endpoint } = useContext(DeviceContext);
  if (!mayOperate(app)) return null;
  return (
    <button
      type="button" class="btn plain small" aria-label={`Stop observing ${target}`}
      onClick$={() => setObserved(app, endpoint, target, false)}>
      Stop
    </button>
  );
});

function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
