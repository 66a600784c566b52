// Chromium without a window, and pages that remember everything that should not have happened.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const WIDTHS = [390, 1024, 1600] as const;
export const THEMES = ['dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];

const HEIGHTS = { 390: 844, 1024: 768, 1440: 860, 1600: 900 } as const;
export type Width = keyof typeof HEIGHTS;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

/** Console errors, uncaught exceptions and requests to anybody but the server, as they happen. */
export function watch(page: Page, origin: string): string[] {
  const wrong: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
  });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) wrong.push(`asked ${request.url()}`);
  });
  return wrong;
}

/** What axe finds serious or worse, one line each. */
export async function inaccessible(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Finding {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
    }
    const { axe } = window as unknown as {
      axe: { run: () => Promise<{ violations: readonly Finding[] }> };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
        `${id}: ${html.slice(0, 160)} ${failureSummary.split('\n')[1] ?? ''}`));
  });
}

export async function dress(page: Page, theme: Theme, width: Width): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width, height: HEIGHTS[width] });
}

/** How much wider the page is than the screen, and how many folding tables than their place. */
export async function overflow(
  page: Page,
): Promise<{ readonly page: number; readonly tables: number }> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const folding = [...document.querySelectorAll('.scroll-x:has(> .stacked)')];
    const wide = folding.filter((one) => one.scrollWidth > one.clientWidth);
    return { page: scrollWidth - clientWidth, tables: wide.length };
  });
}

/** What is wrong with a page in either theme and at these widths, of which pictures are left. */
export async function flawsOf(
  page: Page, picture: string, widths: readonly Width[],
): Promise<string[]> {
  const flaws: string[] = [];
  for (const theme of THEMES) {
    for (const width of widths) {
      await dress(page, theme, width);
      await page.screenshot({ path: `${picture}-${theme}-${width}.png` });
      const where = `${theme}, ${width} wide`;
      flaws.push(...(await inaccessible(page)).map((flaw) => `${where}: ${flaw}`));
      const wide = await overflow(page);
      if (wide.page > 0 || wide.tables > 0) flaws.push(`${where}: ${JSON.stringify(wide)}`);
    }
  }
  return flaws;
}

export async function logIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Name').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('navigation').waitFor();
}
