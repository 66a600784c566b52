// Addresses of pages, kept in the browser's history. Links are plain anchors; those within the
// dashboard are followed here without loading the page anew.

const listeners = new Set<() => void>();

export function onNavigate(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function navigate(address: string): void {
  if (address === location.pathname + location.search) return;
  history.pushState(null, '', address);
  window.scrollTo(0, 0);
  for (const listener of listeners) listener();
}

/** Changes the query of the current address without a step in the history. */
export function keepInAddress(values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== '') query.set(name, value);
  // Both are allowed in a query as they are, and paths stay readable.
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%2C', ',');
  history.replaceState(null, '', text === '' ? location.pathname : `?${text}`);
}

export function deviceAddress(endpoint: string): string {
  return `/device/${encodeURIComponent(endpoint).replaceAll('%3A', ':')}`;
}

/** Starts following links and the back button. */
export function startRouter(): void {
  window.addEventListener('popstate', () => {
    for (const listener of listeners) listener();
  });
  document.addEventListener('click', (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!(event.target instanceof Element)) return;
    const anchor = event.target.closest('a[href]');
    if (!(anchor instanceof HTMLAnchorElement)) return;
    if (anchor.origin !== location.origin || anchor.target !== '' || anchor.download !== '') return;
    event.preventDefault();
    navigate(anchor.pathname + anchor.search);
  });
}
