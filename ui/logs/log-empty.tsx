// What a log says while it has nothing to show: why, and what to do.

import { component$, useContext } from '@builder.io/qwik';
import { AppContext } from '../app-state.ts';
import { Notice } from '../parts/notice.tsx';

interface LogEmptyProps {
  readonly endpoint: string | null;
  readonly isFiltered: boolean;
}

export const LogEmpty = component$(({ endpoint, isFiltered }: LogEmptyProps) => {
  const { facts } = useContext(AppContext);
  if (isFiltered) {
    return <Notice title="No line matches" text="Choose all lines, or search for other words." />;
  }
  const title = endpoint === null ? 'No unmatched lines' : 'Nothing logged yet';
  const [address] = facts?.syslog ?? [];
  if (facts !== undefined && address === undefined) {
    const off = 'This server takes no syslog; start it with --syslog 5514.';
    return (
      <Notice
        title={title}
        text={endpoint === null ? off
          : `${off} Or name a resource of the device under "logs" in its profile.`} />
    );
  }
  return (
    <Notice
      title={title}
      text={endpoint === null
        ? 'Lines of senders that no device is known by appear here.'
        : 'Let the device send syslog to the address below, from the address it registers from.'}>
      {address !== undefined && <code class="address">{address}</code>}
    </Notice>
  );
});
