// Chooses the page of an address. The fleet is part of the first view, the others load when they
// are first shown.

import {
  component$, noSerialize, useSignal, useVisibleTask$, type Component, type NoSerialize,
} from '@builder.io/qwik';
import { FleetPage } from '../pages/fleet.tsx';
import { Notice } from './notice.tsx';

type Lazy = NoSerialize<Component<{ readonly path: string }>>;

export const Page = component$((props: { readonly path: string }) => {
  if (props.path === '/' || props.path === '/login') return <FleetPage />;
  const load = loaderOf(props.path);
  if (load === undefined) {
    return (
      <Notice title="There is no such page" text="It may have been one of another version.">
        <a class="btn" href="/">Go to the fleet</a>
      </Notice>
    );
  }
  return <LazyPage path={props.path} />;
});

function loaderOf(path: string): (() => Promise<Component<{ readonly path: string }>>) | undefined {
  if (path.startsWith('/device/')) {
    return async () => (await import('../pages/device.tsx')).DevicePage;
  }
  if (path === '/lab' || path.startsWith('/lab/')) {
    return async () => (await import('../pages/lab-pages.tsx')).LabPages;
  }
  if (path === '/models' || path.startsWith('/models/')) {
    return async () => (await import('../pages/models.tsx')).ModelPages;
  }
  if (path === '/alerts') return async () => (await import('../pages/alerts.tsx')).AlertsPage;
  if (path === '/refused') return async () => (await import('../pages/refused.tsx')).RefusedPage;
  if (path === '/logs') return async () => (await import('../pages/logs.tsx')).LogsPage;
  if (path === '/credentials') {
    return async () => (await import('../pages/credentials.tsx')).CredentialsPage;
  }
  if (path === '/users') return async () => (await import('../pages/users.tsx')).UsersPage;
  if (path === '/webhooks') return async () => (await import('../pages/webhooks.tsx')).WebhooksPage;
  if (path === '/query') return async () => (await import('../pages/query.tsx')).QueryPage;
  if (path === '/account') return async () => (await import('../pages/account.tsx')).AccountPage;
  return undefined;
}

const LazyPage = component$((props: { readonly path: string }) => {
  const page = useSignal<Lazy>();
  const isMissing = useSignal(false);
  useVisibleTask$(() => {
    loaderOf(props.path)?.().then((loaded) => {
      page.value = noSerialize(loaded);
    }, () => {
      isMissing.value = true;
    });
  });
  if (isMissing.value) {
    return (
      <Notice
        title="This page did not load"
        text="The server did not answer, or was updated. Reload to try again." />
    );
  }
  const Loaded = page.value;
  return Loaded === undefined ? <div aria-busy="true" /> : <Loaded path={props.path} />;
});
