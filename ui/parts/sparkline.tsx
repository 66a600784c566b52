// A figure's recent course as one line, drawn to its own scale.

import { component$ } from '@builder.io/qwik';

interface SparklineProps {
  readonly points: readonly (readonly [time: number, value: number])[];
  readonly tone: 'accent' | 'good' | 'waiting' | 'bad';
}

const WIDTH = 240;
const HEIGHT = 28;

export const Sparkline = component$((props: SparklineProps) => (
  <svg
    class={`sparkline ${props.tone}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    preserveAspectRatio="none" aria-hidden="true">
    <path d={pathThrough(props.points)} />
  </svg>
));

function pathThrough(points: SparklineProps['points']): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '';
  let low = Infinity;
  let high = -Infinity;
  for (const [, value] of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const duration = Math.max(last[0] - first[0], 1);
  const range = high - low;
  const draw = points.map(([time, value]) => {
    const x = (time - first[0]) / duration * WIDTH;
    const y = range === 0 ? HEIGHT - 4 : HEIGHT - 3 - (value - low) / range * (HEIGHT - 6);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return points.length === 1 ? `M0 ${HEIGHT - 4}H${WIDTH}` : `M${draw.join('L')}`;
}
