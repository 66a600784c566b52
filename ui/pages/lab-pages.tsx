// The pages of the lab by their addresses. They load together: who looks at one opens the others.

import { component$ } from '@builder.io/qwik';
import { Notice } from '../parts/notice.tsx';
import { ComparePage } from './compare.tsx';
import { EditScenarioPage } from './edit-scenario.tsx';
import { LabPage } from './lab.tsx';
import { RunPage } from './run.tsx';
import { ScenarioPage } from './scenario.tsx';

export const LabPages = component$((props: { readonly path: string }) => {
  const { path } = props;
  if (path === '/lab') return <LabPage />;
  if (path === '/lab/compare') return <ComparePage />;
  if (path.startsWith('/lab/run/')) return <RunPage path={path} />;
  if (path.startsWith('/lab/scenario/')) return <ScenarioPage path={path} />;
  if (path === '/lab/new' || path.startsWith('/lab/edit/')) return <EditScenarioPage path={path} />;
  return <Notice title="There is no such page" text="Press g l to go to the lab." />;
});
