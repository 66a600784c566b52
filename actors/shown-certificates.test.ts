// The certificates that devices have shown: the last of each counts, and they are not too many.

import { expect, it } from 'vitest';
import { ShownCertificates } from './shown-certificates.ts';

const row = (identity: string, serial = '01') =>
  ({ identity, serial, notAfter: 2_000, shownAt: 1_000 });

it('of each name the last counts', () => {
  const shown = new ShownCertificates();
  shown.note(row('a'));
  expect(shown.note(row('a', '02'))).toEqual([{ table: 'certificate', row: row('a', '02') }]);
  expect([...shown.list()]).toEqual([row('a', '02')]);
  expect(shown.forget('a')).toEqual([{ table: 'certificate removed', identity: 'a' }]);
  expect([shown.forget('a'), [...shown.list()]]).toEqual([[], []]);
});

it('too many are forgotten, first who was silent longest, on the disk too', () => {
  const shown = new ShownCertificates(2);
  shown.restore([row('a'), row('b')]);
  shown.note(row('a'));
  expect(shown.note(row('c'))).toEqual([
    { table: 'certificate', row: row('c') }, { table: 'certificate removed', identity: 'b' },
  ]);
  expect(Array.from(shown.list(), ({ identity }) => identity)).toEqual(['a', 'c']);
});
