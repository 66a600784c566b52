// Places the states of one region and the arrows between them, by dagre. On the dashboard, what
// leads to a state from everywhere is drawn once, from the state declared before it, and else said
// in words. Pages get the picture; the coverage report of app/ draws by it too.

import { Graph, layout } from '@dagrejs/dagre';
import type { Statechart } from './management.ts';

export type Region = Statechart['regions'][number];
export type Transition = Region['transitions'][number];

export interface Place {
  readonly state: string;
  /** As people read it. */
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly places: readonly Place[];
  /** SVG paths, each with the two states it joins, and where the middle of its label is. */
  readonly arrows: readonly (Arrow & {
    readonly path: string; readonly x: number; readonly y: number;
  })[];
}

interface Arrow {
  readonly from: string;
  readonly to: string;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const HEIGHT = 36;
const LETTER = 6.4;
const PADDING = 16;
const WIDTH_MIN = 44;

export function picture(region: Region): Picture {
  const states = region.states.map((state) => ({
    state, height: HEIGHT,
    width: Math.max(WIDTH_MIN, Math.ceil(words(state).length * LETTER) + PADDING),
  }));
  return arrange(states, drawn(region).map(({ from, to }) => ({ from, to, width: 0, height: 0 })));
}

/** Arrows have the size of their labels; at most one leads from one state to another. */
export function arrange(
  states: readonly (Size & { readonly state: string })[], arrows: readonly (Size & Arrow)[],
): Picture {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 16, edgesep: 8, marginx: 1, marginy: 1 });
  for (const { state, width, height } of states) graph.setNode(state, { width, height });
  for (const { from, to, width, height } of arrows) {
    graph.setEdge(from, to, { width, height, labelpos: 'c' });
  }
  layout(graph);
  const size = graph.graph();
  const lowest = Math.max(0, ...graph.edges().flatMap((edge) =>
    (graph.edge(edge).points ?? []).map((point: { readonly y: number }) => point.y)));
  return {
    width: Math.ceil(size.width ?? 0),
    height: Math.ceil(Math.max(size.height ?? 0, lowest + 2)),
    places: states.map(({ state }) => {
      const { x = 0, y = 0, width, height } = graph.node(state);
      return { state, label: words(state), x: x - width / 2, y: y - height / 2, width, height };
    }),
    arrows: graph.edges().map((edge) => {
      const { points = [], x = 0, y = 0 } = graph.edge(edge);
      return { from: edge.v, to: edge.w, path: curve(points), ...onCurve(points, x, y) };
    }),
  };
}

/** The transitions an arrow stands for; at most one for each pair of states. */
export function drawn({ states, initial, transitions }: Region): Transition[] {
  const pairs = new Map<string, Transition>();
  for (const transition of transitions) {
    const { from, to, event } = transition;
    const sources = transitions.filter((other) => other.to === to && other.event === event);
    const isFromEverywhere = states.length > 2 && sources.length === states.length - 1;
    const isDrawn = !isFromEverywhere
      || to !== initial && states.indexOf(from) === states.indexOf(to) - 1;
    if (isDrawn) pairs.set(`${from} ${to}`, transition);
  }
  return [...pairs.values()];
}

/** `inPlace` is read as "in place". */
export function words(state: string): string {
  return state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** `ADDRESS_CHANGED` is read as "address changed", `after awakeWindow` as "after awake window". */
export function eventWords(event: string): string {
  return words(event === event.toUpperCase() ? event.toLowerCase() : event).replaceAll('_', ' ');
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the smooth line comes nearest to a point that it is drawn toward. */
function onCurve(points: readonly Point[], x: number, y: number): Point {
  const index = points.findIndex((point) => point.x === x && point.y === y);
  const [before, after] = [points[index - 1], points[index + 1]];
  if (before === undefined || after === undefined) return { x, y };
  // Half of the way is by the point itself, the rest by the middles to its neighbours.
  return { x: (6 * x + before.x + after.x) / 8, y: (6 * y + before.y + after.y) / 8 };
}

/** A smooth line through dagre's points: straight to the middle between each two of them. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) return '';
  let path = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`;
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    const x = next === undefined ? last.x : (point.x + next.x) / 2;
    const y = next === undefined ? last.y : (point.y + next.y) / 2;
    path += `Q${point.x.toFixed(1)} ${point.y.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return rest.length === 0 ? `${path}L${last.x.toFixed(1)} ${last.y.toFixed(1)}` : path;
}
