// The one wrapper around lightweight-charts: several resources on one time axis of equal steps,
// history first, live values after it. Loaded when a chart is first shown.

import {
  createChart, CrosshairMode, LineSeries, type IChartApi, type ISeriesApi, type LineData,
  type MouseEventParams, type Time, type UTCTimestamp, type WhitespaceData,
} from 'lightweight-charts';
import { measured } from '../format.ts';
import type { Series } from '../wire.ts';

export interface ChartLine {
  readonly path: string;
  readonly unit: string;
  /** Lines of the same scale are comparable. */
  readonly scale: string;
  readonly series: Series;
  /** What holds now, if it is a number: the end of the line. */
  readonly newest: { readonly time: number; readonly value: number } | undefined;
}

/** A span of equal steps, both ends on a step; milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The value of each path under the pointer; undefined when the pointer left. */
export type OnPoint = (at: number | undefined, values: ReadonlyMap<string, number>) => void;

type Point = LineData<UTCTimestamp> | WhitespaceData<UTCTimestamp>;

interface Drawn {
  readonly line: ISeriesApi<'Line'>;
  readonly band: readonly ISeriesApi<'Line'>[];
  /** The shortest span without a value that is left open, in milliseconds. */
  readonly silence: number;
  lastSequence: number;
  lastTime: number;
}

/** A line ends where several usual spans between its points passed without one. */
const SILENCE_SPANS = 5;
/** What is usual shows once there are so many. */
const SPANS_MIN = 5;
const OPEN = 'rgba(0, 0, 0, 0)';

export class ResourceChart {
  readonly #chart: IChartApi;
  readonly #element: HTMLElement;
  readonly #drawn = new Map<string, Drawn>();
  #axis: ISeriesApi<'Line'> | undefined;
  #span: Span = { from: 0, to: 0, step: 1 };
  #isPointed = false;

  constructor(element: HTMLElement, onPoint: OnPoint) {
    this.#element = element;
    this.#chart = createChart(element, {
      autoSize: true,
      // The logo would bring its own style element, which the page's policy forbids; the makers
      // are named on the card of shortcuts instead.
      layout: { attributionLogo: false, fontSize: 11 },
      crosshair: { mode: CrosshairMode.Magnet },
      localization: { timeFormatter: (time: number) => local(time).replace('T', ' ') },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 2, tickMarkFormatter },
      handleScroll: { vertTouchDrag: false },
    });
    // Scales that grow leave the steps less room, and their width as it was.
    this.#chart.timeScale().subscribeSizeChange(() => {
      if (this.#axis !== undefined && !this.#isPointed) this.#fit();
    });
    this.#chart.subscribeCrosshairMove((event) => this.#tell(event, onPoint));
    this.applyTheme();
  }

  destroy(): void {
    this.#chart.remove();
  }

  /** Draws anew what history has. */
  show(lines: readonly ChartLine[], span: Span): void {
    this.#span = span;
    for (const { line, band } of this.#drawn.values()) {
      for (const old of [line, ...band]) this.#chart.removeSeries(old);
    }
    this.#drawn.clear();
    if (this.#axis !== undefined) this.#chart.removeSeries(this.#axis);
    // A line without values keeps the steps of the axis equal where nothing was measured.
    this.#axis = this.#chart.addSeries(LineSeries, { visible: false, priceScaleId: 'steps' });
    this.#axis.setData(steps(span));
    const scales = [...new Set(lines.map(({ scale }) => scale))];
    for (const line of lines) this.#add(line, scales.indexOf(line.scale), lines.length === 1);
    const hasTwo = scales.length > 1;
    // Two scales lie a little apart, or two straight lines would hide each other.
    this.#chart.applyOptions({
      rightPriceScale: { scaleMargins: { top: 0.08, bottom: hasTwo ? 0.25 : 0.08 } },
      leftPriceScale: { scaleMargins: { top: 0.25, bottom: 0.08 }, visible: hasTwo },
    });
    this.applyTheme();
    this.#fit();
  }

  /** A live value; false when it was shown already. */
  add(path: string, sequence: number, time: number, value: number): boolean {
    const drawn = this.#drawn.get(path);
    if (drawn === undefined || sequence <= drawn.lastSequence) return false;
    drawn.lastSequence = sequence;
    const at = stepOf(time, this.#span.step);
    // A device may send its past: that belongs to history and shows with the next loading.
    if (at < drawn.lastTime) return true;
    if (at - drawn.lastTime > drawn.silence) leaveOpen(drawn.line);
    drawn.lastTime = at;
    this.advance(time);
    drawn.line.update({ time: seconds(at), value });
    return true;
  }

  /** Moves the end of the axis on to now. */
  advance(now: number): void {
    const { from, to, step } = this.#span;
    const end = stepOf(now, step);
    if (this.#axis === undefined || end <= to) return;
    for (let at = to + step; at <= end; at += step) this.#axis.update({ time: seconds(at) });
    this.#span = { from: from + end - to, to: end, step };
    // Whoever looks closely at a place is not moved away from it.
    if (!this.#isPointed) this.#fit();
  }

  /** The whole span that was chosen, also where nothing was measured. */
  #fit(): void {
    const { from, to, step } = this.#span;
    this.#chart.timeScale().setVisibleRange({ from: seconds(from), to: seconds(to + step) });
  }

  applyTheme(): void {
    const colour = painter(this.#element);
    this.#chart.applyOptions({
      layout: {
        background: { color: 'transparent' }, textColor: colour('--muted'),
        fontFamily: getComputedStyle(this.#element).fontFamily,
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colour('--line') } },
      rightPriceScale: { borderVisible: false },
      leftPriceScale: { borderVisible: false },
      timeScale: { borderColor: colour('--line') },
      crosshair: {
        vertLine: { color: colour('--faint'), labelBackgroundColor: colour('--idle') },
        horzLine: { color: colour('--faint'), labelBackgroundColor: colour('--idle') },
      },
    });
    let index = 0;
    for (const { line, band } of this.#drawn.values()) {
      index++;
      const own = colour(`--series-${index}`);
      line.applyOptions({ color: own });
      for (const edge of band) edge.applyOptions({ color: faded(own) });
    }
  }

  #add({ path, series, unit, newest }: ChartLine, place: number, isAlone: boolean): void {
    const { points, lastSequence } = series;
    const options = {
      lineWidth: 2 as const,
      priceScaleId: place === 0 ? 'right' : place === 1 ? 'left' : `scale-${place}`,
      priceLineVisible: false,
      priceFormat: {
        type: 'custom' as const, minMove: 0.001,
        formatter: (value: number) => `${measured(Number(value.toPrecision(5)))} ${unit}`.trim(),
      },
    };
    const edge = {
      ...options, lineWidth: 1 as const, lastValueVisible: false, crosshairMarkerVisible: false,
    };
    const isRange = isAlone && points.some(({ min, max }) => min < max);
    const band = isRange
      ? [this.#chart.addSeries(LineSeries, edge), this.#chart.addSeries(LineSeries, edge)] : [];
    const line = this.#chart.addSeries(LineSeries, options);
    const { step } = this.#span;
    const silence = silenceOf(points, step);
    line.setData(onSteps(points, step, silence, ({ mean }) => mean));
    band[0]?.setData(onSteps(points, step, silence, ({ min }) => min));
    band[1]?.setData(onSteps(points, step, silence, ({ max }) => max));
    const lastTime = stepOf(points.at(-1)?.time ?? 0, step);
    if (newest !== undefined && stepOf(newest.time, step) === lastTime) {
      line.update({ time: seconds(lastTime), value: newest.value });
    }
    this.#drawn.set(path, { line, band, silence, lastSequence, lastTime });
  }

  #tell(event: MouseEventParams<Time>, onPoint: OnPoint): void {
    const values = new Map<string, number>();
    this.#isPointed = event.point !== undefined;
    if (event.time === undefined) return onPoint(undefined, values);
    for (const [path, { line }] of this.#drawn) {
      const point = event.seriesData.get(line);
      if (point !== undefined && 'value' in point) values.set(path, point.value);
    }
    onPoint(Number(event.time) * 1000, values);
  }
}

function stepOf(time: number, step: number): number {
  return Math.floor(time / step) * step;
}

function seconds(time: number): UTCTimestamp {
  return time / 1000 as UTCTimestamp;
}

function steps({ from, to, step }: Span): Point[] {
  const points: Point[] = [];
  for (let at = from; at <= to; at += step) points.push({ time: seconds(at) });
  return points;
}

function onSteps(
  points: Series['points'], step: number, silence: number,
  pick: (point: Series['points'][number]) => number,
): Point[] {
  const byStep = new Map(points.map((point) => [stepOf(point.time, step), pick(point)]));
  const times = [...byStep.keys()];
  return [...byStep].map(([at, value], index) => {
    // One point between two silences would not be seen at all.
    const isLast = (times[index + 1] ?? at) - at > silence
      && at - (times[index - 1] ?? 0) <= silence;
    return { time: seconds(at), value, ...(isLast && { color: OPEN }) };
  });
}

/** Never, of points that are too few to tell what is usual. */
function silenceOf(points: Series['points'], step: number): number {
  const spans = points.slice(1).map(({ time }, index) => time - (points[index]?.time ?? time));
  if (spans.length < SPANS_MIN) return Infinity;
  spans.sort((a, b) => a - b);
  return SILENCE_SPANS * Math.max(step, spans[spans.length >> 1] ?? step);
}

/** The colour of a point is that of the line from it to the next. */
function leaveOpen(line: ISeriesApi<'Line'>): void {
  const last = line.data().at(-1);
  if (last !== undefined && 'value' in last) line.update({ ...last, color: OPEN });
}

/** Local time as YYYY-MM-DDTHH:MM:SS. */
function local(time: number): string {
  const date = new Date(time * 1000);
  return new Date(time * 1000 - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** Days by their date, everything shorter by its time of day. */
function tickMarkFormatter(time: Time, kind: number): string {
  const text = local(Number(time));
  return kind <= 2 ? text.slice(5, 10) : text.slice(11, kind === 4 ? 19 : 16);
}

/** Reads custom properties as colours a canvas understands. */
function painter(element: HTMLElement): (property: string) => string {
  const before = element.style.color;
  return (property) => {
    element.style.color = `var(${property})`;
    const colour = getComputedStyle(element).color;
    element.style.color = before;
    return colour;
  };
}

function faded(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.35)');
}
