// Starts the dashboard in the browser: theme first, then the parts that live outside components,
// then the components.

import { render } from '@builder.io/qwik';
import { App } from './app.tsx';
import { startRouter } from './router.ts';
import { applyTheme } from './theme.ts';
import { startTicking } from './ticking.ts';

applyTheme();
startTicking();
startRouter();
// A static import of the loader is dropped by tree shaking: its package claims no side effects.
await import('@builder.io/qwik/qwikloader.js');
await render(document.getElementById('app') as HTMLElement, <App />);
