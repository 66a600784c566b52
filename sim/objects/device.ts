// The device object (LwM2M Core 1.1.1 E.4): it reboots when told to, or begins anew as it left the
// factory, and its clock can be set.

import type { Executions, Writings } from './object.ts';

const CURRENT_TIME = '/3/0/13';

export const deviceWritings: Writings = {
  [CURRENT_TIME]: {
    onWritten: (device, value) => {
      if (value.type !== 'time') return;
      const ahead = value.value * 1000 - device.now();
      device.ownState().written.set(CURRENT_TIME, (now) => (
        { type: 'time', value: Math.floor((now + ahead) / 1000) }));
    },
  },
};

export const deviceExecutions: Executions = {
  '/3/0/4': { onExecuted: (device) => device.reboot() },
  '/3/0/5': {
    onExecuted: (device) => {
      device.log('factory reset');
      device.ownState().forgetWritten();
      device.reboot();
    },
  },
};
