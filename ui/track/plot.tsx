// The track drawn: its line with gaps, where it starts and ends, a scale, and one place picked out
// by the pointer or by the keys of the slider below.

import { component$, useSignal, useVisibleTask$ } from '@builder.io/qwik';
import { exact } from '../format.ts';
import type { Place } from '../wire.ts';
import { nearestTo, project, type Drawing } from './projection.ts';
import { lengthText, placeText } from './words.ts';

const HEIGHT = 340;
/** Below the track, for the scale. */
const BAND = 36;
const PADDING = 28;
const WIDTH_MIN = 200;

export const TrackPlot = component$(({ places }: { readonly places: readonly Place[] }) => {
  const element = useSignal<HTMLElement>();
  const width = useSignal(0);
  /** Undefined: the newest. */
  const picked = useSignal<number>();
  useVisibleTask$(({ cleanup }) => {
    const observer = new ResizeObserver(() => {
      width.value = Math.max(WIDTH_MIN, element.value?.clientWidth ?? 0);
    });
    if (element.value !== undefined) observer.observe(element.value);
    cleanup(() => observer.disconnect());
  });
  const drawing = project(places, width.value || WIDTH_MIN, HEIGHT - BAND, PADDING);
  const last = places.length - 1;
  const index = Math.min(picked.value ?? last, last);
  const place = places[index];
  return (
    <>
      <div ref={element} class="track">
        {width.value > 0 && (
          <svg
            width={width.value} height={HEIGHT} role="img"
            aria-label={`Track of ${places.length} places`}
            onPointerMove$={(event, svg) => {
              const { left, top } = svg.getBoundingClientRect();
              picked.value = nearestTo(drawing.points, event.clientX - left, event.clientY - top);
            }}
            onPointerLeave$={() => { picked.value = undefined; }}>
            <Line drawing={drawing} />
            <Marks drawing={drawing} index={index} />
            <Scale drawing={drawing} width={width.value} />
          </svg>
        )}
      </div>
      <div class="track-foot">
        <input
          type="range" aria-label="Place" min={0} max={last} value={index} disabled={last < 1}
          aria-valuetext={place && `${exact(place.time)}, ${placeText(place)}`}
          onInput$={(_, input) => {
            const chosen = Number(input.value);
            picked.value = chosen === last ? undefined : chosen;
          }} />
        <output class="faint">
          {place !== undefined && (
            <>
              <span>{exact(place.time)}</span> <span class="mono">{placeText(place)}</span>
            </>
          )}
        </output>
      </div>
    </>
  );
});

const Line = component$(({ drawing }: { readonly drawing: Drawing }) => (
  <>
    {drawing.gaps.map((path) => <path key={path} class="gap" d={path} />)}
    {drawing.runs.map((path) => <path key={path} d={path} />)}
  </>
));

interface MarksProps {
  readonly drawing: Drawing;
  readonly index: number;
}

/** Told apart by shape, not by colour alone. */
const Marks = component$(({ drawing: { points }, index }: MarksProps) => {
  const [start, end, here] = [points[0], points.at(-1), points[index]];
  if (start === undefined || end === undefined || here === undefined) return null;
  return (
    <>
      {points.length > 1 && (
        <rect class="start" x={start.x - 5} y={start.y - 5} width={10} height={10} />
      )}
      <circle class="end" cx={end.x} cy={end.y} r={5} />
      {index < points.length - 1 && <circle class="here" cx={here.x} cy={here.y} r={8} />}
    </>
  );
});

interface ScaleProps {
  readonly drawing: Drawing;
  readonly width: number;
}

const Scale = component$(({ drawing: { bar }, width }: ScaleProps) => (
  <g class="scale">
    <path d={`M12 ${HEIGHT - 20}v6h${bar.length}v-6`} />
    <text x={bar.length + 20} y={HEIGHT - 12}>{lengthText(bar.metres)}</text>
    <path d={`M${width - 30} ${HEIGHT - 12}v-16l-4 5m4-5l4 5`} />
    <text x={width - 22} y={HEIGHT - 12}>N</text>
  </g>
));
