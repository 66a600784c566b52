// Which columns of the fleet table are shown; the choice stays in this browser.

import { component$, type QRL } from '@builder.io/qwik';
import type { FleetColumn } from '../../core/api/management.ts';
import { Menu } from '../parts/menu.tsx';
import { COLUMNS } from './columns.ts';

const KEY = 'hidden-columns';

export function hiddenColumns(): FleetColumn[] {
  const kept = (localStorage.getItem(KEY) ?? '').split(',');
  return COLUMNS.filter((column) => kept.includes(column.id)).map((column) => column.id);
}

interface ColumnMenuProps {
  readonly hidden: readonly FleetColumn[];
  readonly onChange$: QRL<(hidden: readonly FleetColumn[]) => void>;
}

export const ColumnMenu = component$((props: ColumnMenuProps) => (
  <Menu label="Columns">
    {COLUMNS.filter((column) => column.id !== 'endpoint').map((column) => (
      <label key={column.id}>
        <input
          type="checkbox" checked={!props.hidden.includes(column.id)}
          onChange$={(_, box) => {
            const others = props.hidden.filter((id) => id !== column.id);
            const hidden = box.checked ? others : [...others, column.id];
            localStorage.setItem(KEY, hidden.join());
            return props.onChange$(hidden);
          }} />
        {column.label}
      </label>
    ))}
  </Menu>
));
