// What the fleet says while it has nothing to show.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';
import { Notice } from '../parts/notice.tsx';

/** A machine may have many addresses. */
const SHOWN_MAX = 4;

export const FleetEmpty = component$((props: { readonly isFiltered: boolean }) => {
  const { facts } = useContext(AppContext);
  if (props.isFiltered) {
    return (
      <Notice title="Nothing matches" text="No device has this state or these words.">
        <a class="btn" href="/?">Show all devices</a>
      </Notice>
    );
  }
  return (
    <Notice
      title="No device yet"
      text="Point an LwM2M client at an address below, or start the server with --demo 10.">
      {facts === undefined && <i class="skeleton" />}
      {facts?.coap.slice(0, SHOWN_MAX).map((address) => (
        <code key={address} class="address">{reachable(address)}</code>
      ))}
      {facts?.registration === 'known' && (
        <p>Only known endpoints may register: an admin adds them first.</p>
      )}
    </Notice>
  );
});

/** An address bound to every interface is reached under the name this page was. */
function reachable(address: string): string {
  return address.replace(/\/\/(0\.0\.0\.0|\[::\])/, `//${location.hostname}`);
}
