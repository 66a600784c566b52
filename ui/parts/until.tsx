// How long something is good: a date, and a warning where it is time to do something about it.

import { component$ } from '@builder.io/qwik';
import { day, exact } from '../format.ts';

interface UntilProps {
  readonly from?: number | undefined;
  readonly until: number;
  /** As the server judges it. */
  readonly validity: 'not yet' | 'good' | 'soon' | 'over' | 'revoked' | undefined;
}

export const Until = component$(({ from, until, validity }: UntilProps) => {
  switch (validity) {
    case 'over': return <span class="tag bad">ended <time-ago at={String(until)} /></span>;
    case 'revoked': return <span class="tag bad">revoked</span>;
    case 'soon':
      return <span class="tag waiting"><time-left at={String(until)} word="left" /></span>;
    case 'not yet': return <span class="tag bad">only from {day(from ?? 0)}</span>;
    default: return <span title={exact(until)}>{day(until).slice(0, 10)}</span>;
  }
});
