// Where the device was in a span of time, and where it goes. Drawn here: no map is asked for, since
// that would tell strangers where devices are.

import {
  $, component$, useContext, useSignal, useVisibleTask$, type QRL,
} from '@builder.io/qwik';
import { api, problemOf } from '../api.ts';
import { AppContext, mayOperate } from '../app-state.ts';
import { setObserved } from '../device/actions.ts';
import { RangeChoice, RANGE_LENGTHS } from '../device/chart-panel.tsx';
import { DeviceContext } from '../device/context.ts';
import { isObserving, type DeviceState } from '../device/device-state.ts';
import { count } from '../format.ts';
import { onLive, serverNow } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import type { Place } from '../wire.ts';
import { TrackPlot } from './plot.tsx';
import { locationsOf, resourcesOf } from './words.ts';

const NEWS_PAUSE = 1_000;

export const TrackPanel = component$(() => {
  const device = useContext(DeviceContext);
  const places = useSignal<readonly Place[]>();
  const problem = useSignal<string>();
  const chosen = useSignal('');
  const location = locationOf(device, chosen.value);
  useVisibleTask$(({ track, cleanup }) => {
    track(() => device.loads);
    const range = track(() => device.range);
    const shown = locationOf(device, track(chosen));
    if (shown === '') return;
    let isLeft = false;
    cleanup(() => { isLeft = true; });
    const load = (): void => {
      placesOf(device.endpoint, shown, RANGE_LENGTHS[range]).then((found) => {
        if (isLeft) return;
        problem.value = undefined;
        places.value = found;
      }, (error: unknown) => {
        if (!isLeft) problem.value = problemOf(error);
      });
    };
    load();
    cleanup(onNews(resourcesOf(shown), load));
  });

  return (
    <>
      <div class="chart-head">
        <LocationChoice chosen={location} onChoice={$((path: string) => {
          places.value = undefined;
          chosen.value = path;
        })} />
        <span class="muted track-count">{countText(places.value)}</span>
        <RangeChoice />
      </div>
      {problem.value !== undefined && (
        <p class="problem in-place" role="alert">{problem.value}</p>
      )}
      {places.value === undefined && problem.value === undefined && (
        <p class="chart-empty"><i class="skeleton" /></p>
      )}
      {places.value?.length === 0 && (
        <NoPlaces resources={resourcesOf(location)} />
      )}
      {places.value !== undefined && places.value.length > 0 && (
        <TrackPlot places={places.value} />
      )}
    </>
  );
});

const NoPlaces = component$(({ resources }: { readonly resources: readonly string[] }) => {
  const app = useContext(AppContext);
  const device = useContext(DeviceContext);
  const { news, endpoint } = device;
  const missing = resources.filter((path) => news !== undefined && !isObserving(news, path));
  return (
    <Notice
      title="No place in this span"
      text={`A device tells where it is while ${resources.join(' and ')} are observed.`}>
      {mayOperate(app) && missing.length > 0 && (
        <button
          type="button" class="btn"
          onClick$={async () => {
            for (const path of missing) await setObserved(app, endpoint, path, true);
          }}>
          Observe {missing.length === 1 ? missing[0] : 'both'}
        </button>
      )}
    </Notice>
  );
});

interface ChoiceProps {
  readonly chosen: string;
  readonly onChoice: QRL<(path: string) => void>;
}

const LocationChoice = component$(({ chosen, onChoice }: ChoiceProps) => {
  const device = useContext(DeviceContext);
  const locations = locationsOf(device.objects ?? []);
  if (locations.length < 2) return null;
  return (
    <select aria-label="Location" onChange$={(_, choice) => onChoice(choice.value)}>
      {locations.map((path) => (
        <option key={path} value={path} selected={path === chosen}>{path}</option>
      ))}
    </select>
  );
});

/** The one that was chosen, if the device still has it; '' without any. */
function locationOf({ objects }: DeviceState, chosen: string): string {
  const locations = locationsOf(objects ?? []);
  return locations.includes(chosen) ? chosen : locations[0] ?? '';
}

function placesOf(endpoint: string, path: string, length: number): Promise<readonly Place[]> {
  const to = Math.ceil(serverNow()) + 1;
  return api.device.track.query({ endpoint, path, from: to - length, to });
}

/**
 * Until the returned function is called. A device may send many places at once, of which the live
 * stream tells the newest: so all are asked for, some time after the first news.
 */
function onNews(resources: readonly string[], act: () => void): () => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const stop = onLive((message) => {
    if (message.kind !== 'latest') return;
    if (!message.values.some(({ path }) => resources.includes(path))) return;
    waiting ??= setTimeout(() => {
      waiting = undefined;
      act();
    }, NEWS_PAUSE);
  });
  return () => {
    stop();
    clearTimeout(waiting);
  };
}

function countText(places: readonly Place[] | undefined): string {
  if (places === undefined || places.length === 0) return '';
  return places.length === 1 ? '1 place' : `${count(places.length)} places, □ first, ● last`;
}
