// The frame of every page: navigation, banner, toasts and the page itself.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext, isAdmin, mayOperate } from '../app-state.ts';
import { count } from '../format.ts';
import { Page } from './page.tsx';
import icon from '../icon.svg?no-inline';

interface Link {
  readonly address: string;
  readonly label: string;
  readonly aside: string;
}

const NavigationLink = component$((props: Link) => {
  const app = useContext(AppContext);
  const below = props.address === '/' ? '/device/' : `${props.address}/`;
  const isHere = app.path === props.address || app.path.startsWith(below);
  return (
    <a href={props.address} aria-current={isHere ? 'page' : undefined}>
      {props.label}
      <b>{props.aside}</b>
    </a>
  );
});

export const Shell = component$(() => {
  const app = useContext(AppContext);
  const { counts } = app;
  return (
    <div class="shell">
      <nav aria-label="Pages">
        <div class="brand"><img src={icon} alt="" width="20" height="20" />Flownexus</div>
        <NavigationLink address="/" label="Fleet" aside={counts ? count(counts.devices) : ''} />
        <NavigationLink
          address="/alerts" label="Alerts"
          aside={counts && counts.alerts > 0 ? count(counts.alerts) : ''} />
        <NavigationLink
          address="/refused" label="Refused"
          aside={counts && counts.refused > 0 ? count(counts.refused) : ''} />
        <NavigationLink address="/logs" label="Logs" aside="" />
        <NavigationLink address="/lab" label="Lab" aside="" />
        <NavigationLink address="/models" label="Models" aside="" />
        <div class="gap" />
        {mayOperate(app) && (
          <NavigationLink address="/credentials" label="Credentials" aside="" />
        )}
        {isAdmin(app) && <NavigationLink address="/query" label="Query" aside="" />}
        {isAdmin(app) && <NavigationLink address="/webhooks" label="Webhooks" aside="" />}
        {isAdmin(app) && <NavigationLink address="/users" label="Users" aside="" />}
        <NavigationLink
          address="/account" label={app.user?.name ?? ''} aside={app.user?.role ?? ''} />
      </nav>
      <main>
        {app.awaySince !== undefined && <AwayBanner />}
        <Page key={app.path} path={app.path} />
      </main>
      <Toasts />
    </div>
  );
});

const AwayBanner = component$(() => {
  const app = useContext(AppContext);
  return (
    <div class="banner" role="status">
      <span>
        The server stopped answering <time-ago at={String(app.awaySince)} />. What you see may be
        old; it goes on by itself when the server is back.
      </span>
    </div>
  );
});

const Toasts = component$(() => {
  const app = useContext(AppContext);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {app.toasts.map((toast) => (
        <div key={toast.id} class={{ toast: true, bad: toast.isBad }}>{toast.text}</div>
      ))}
    </div>
  );
});
