// How the parts of the device page reach what they share.

import { createContextId } from '@builder.io/qwik';
import type { DeviceState, ValueStore } from './device-state.ts';

export const DeviceContext = createContextId<DeviceState>('device');
export const ValuesContext = createContextId<ValueStore>('values');
