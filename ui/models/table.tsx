// The objects there are models of: those people added first, then by number.

import { component$ } from '@builder.io/qwik';
import { count } from '../format.ts';
import { Scroll } from '../parts/scroll.tsx';
import type { Model } from '../wire.ts';
import { modelAddress, ORIGINS } from './words.ts';

/** More at once are no help; the search finds the others. */
const SHOWN_MAX = 300;

export const ModelTable = component$(({ models }: { readonly models: readonly Model[] }) => {
  const isUploaded = ({ origin }: Model): boolean => origin === 'uploaded';
  const ordered = [
    ...models.filter(isUploaded), ...models.filter((model) => !isUploaded(model)),
  ];
  const others = ordered.length - SHOWN_MAX;
  return (
    <>
      <Scroll label="Models">
        <table class="rows">
          <thead>
            <tr>
              <th class="num">Object</th><th>Name</th><th class="num">Version</th>
              <th class="num wide-only">Resources</th><th class="wide-only">From</th>
            </tr>
          </thead>
          <tbody>
            {ordered.slice(0, SHOWN_MAX).map((model) => (
              <tr key={`${model.object} ${model.version} ${model.origin}`}>
                <td class="num">{model.object}</td>
                <td class="name">
                  <a class="row-link" href={modelAddress(model)}>{model.name}</a>
                </td>
                <td class="num">{model.version}</td>
                <td class="num wide-only">{count(model.resources)}</td>
                <td class="nowrap wide-only">
                  <span class="tag">{ORIGINS[model.origin]}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {others > 0 && (
        <p class="faint more">{count(others)} more; search to see them.</p>
      )}
    </>
  );
});
