// What each device of the stories holds at first; interop/java says the same in its own words.

import type { Values } from './story.ts';

/** 2026-01-01 in seconds. */
export const CURRENT_TIME = 1_767_225_600;

export const DEVICE: Values = {
  '/3/0/0': 'Interop Ltd', '/3/0/1': 'Thermometer', '/3/0/3': '2.0.0',
  '/3/0/7/0': 3800, '/3/0/7/1': 5000, '/3/0/9': 87, '/3/0/11/0': 0,
  '/3/0/13': CURRENT_TIME * 1_000, '/3/0/14': '+01', '/3/0/15': 'Europe/Berlin', '/3/0/16': 'U',
  '/3/0/22/0': '3303:0',
};
