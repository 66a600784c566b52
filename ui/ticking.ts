// <time-ago at> and <time-left at word>: relative times that tick by themselves, exact on hover;
// `word` follows until the time is over. One interval serves all; the elements own their text.

import { ago, exact, left } from './format.ts';
import { serverNow } from './live.ts';

const shown = new Set<TickingTime>();
const listeners = new Set<(now: number) => void>();

abstract class TickingTime extends HTMLElement {
  static readonly observedAttributes = ['at'];

  connectedCallback(): void {
    shown.add(this);
    this.update(serverNow());
  }

  disconnectedCallback(): void {
    shown.delete(this);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.update(serverNow());
  }

  update(now: number): void {
    const at = Number(this.getAttribute('at'));
    const text = this.read(at, now);
    if (this.textContent === text) return;
    this.textContent = text;
    this.title = exact(at);
  }

  abstract read(at: number, now: number): string;
}

class TimeAgo extends TickingTime {
  read(at: number, now: number): string {
    return ago(at, now);
  }
}

class TimeLeft extends TickingTime {
  read(at: number, now: number): string {
    const isOver = at < now;
    this.classList.toggle('bad-text', isOver);
    const word = this.getAttribute('word');
    return isOver || word === null ? left(at, now) : `${left(at, now)} ${word}`;
  }
}

/** Calls each second while the page is visible. */
export function onSecond(listener: (now: number) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startTicking(): void {
  customElements.define('time-ago', TimeAgo);
  customElements.define('time-left', TimeLeft);
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);
}

function tick(): void {
  if (document.hidden) return;
  const now = serverNow();
  for (const element of shown) element.update(now);
  for (const listener of listeners) listener(now);
}
