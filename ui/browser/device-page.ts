// What browser tests do on the page of a device: the lines of its tree, their menus, the forms.

import type { Locator, Page } from 'playwright-core';

/** On the page that there is when one of them is called. */
export function onDevice(page: () => Page) {
  const dialog = (): Locator => page().getByRole('dialog');
  return {
    dialog,
    /** Shows the resources of an object that have no value. */
    unfold: (object: string): Promise<void> =>
      page().locator('.instance', { hasText: object }).locator('.fold').first().click(),
    resource: (name: string): Locator =>
      page().locator('.resource', { hasText: name }).first(),
    head: (path: string): Locator => page().locator('.tree-head', { hasText: path }),
    /** Opens the last menu of a line of the tree and takes an entry. */
    async choose(line: Locator, entry: string): Promise<void> {
      await dialog().waitFor({ state: 'detached' });
      await line.getByRole('button').last().click();
      await page().getByRole('button', { name: entry, exact: true }).click();
    },
    press: (button: string): Promise<void> =>
      dialog().getByRole('button', { name: button, exact: true }).click(),
    /** Waits for the words, and hides them, so that the next ones are news. */
    async said(words: string | RegExp): Promise<void> {
      const toast = page().locator('.toast:not([hidden])', { hasText: words }).first();
      await toast.waitFor();
      await toast.evaluate((element) => { element.setAttribute('hidden', ''); });
    },
  };
}
