// What came out of a run: expectations with what was measured, and rules that were broken. Charts
// and trace are in the report.

import { component$ } from '@builder.io/qwik';
import { Scroll } from '../parts/scroll.tsx';
import type { RunFindings } from '../wire.ts';

export const Findings = component$(({ findings }: { readonly findings: RunFindings }) => (
  <>
    <section class="panel" aria-label="Expectations">
      <header>
        <h2>Expectations</h2>
        <span class="muted">{summaryOf(findings)}</span>
      </header>
      {findings.expectations.length > 0 && <Expectations findings={findings} />}
    </section>
    {findings.violations.length > 0 && <Violations findings={findings} />}
  </>
));

const Expectations = component$(({ findings }: { readonly findings: RunFindings }) => (
  <Scroll label="Expectations">
    <table>
      <thead>
        <tr>
          <th>State</th><th /><th class="num">Measured</th><th class="num wide-only">Bound</th>
        </tr>
      </thead>
      <tbody>
        {findings.expectations.map(({ text, measured, bound, held }, index) => (
          <tr key={index}>
            <td>
              <span class={`state ${held ? 'held' : 'failed'}`}>{held ? 'held' : 'failed'}</span>
            </td>
            <td class="sentence">{text}</td>
            <td class="num nowrap">{measured}</td>
            <td class="num nowrap muted wide-only">{bound}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
));

const Violations = component$(({ findings }: { readonly findings: RunFindings }) => (
  <section class="panel" aria-label="Broken rules">
    <header><h2>Broken rules</h2></header>
    <Scroll label="Broken rules">
      <table>
        <thead><tr><th>Virtual time</th><th>Rule</th><th>What happened</th></tr></thead>
        <tbody>
          {findings.violations.map(({ at, oracle, what }, index) => (
            <tr key={index}>
              <td class="nowrap">{at}</td>
              <td class="bad-text">{oracle}</td>
              <td class="reason">{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  </section>
));

function summaryOf({ expectations, violations }: RunFindings): string {
  if (expectations.length === 0) {
    return violations.length === 0 ? 'None are written; no rule was broken.' : 'None are written.';
  }
  const failed = expectations.filter(({ held }) => !held).length;
  return failed === 0 ? `All ${expectations.length} held`
    : `${failed} of ${expectations.length} failed`;
}
