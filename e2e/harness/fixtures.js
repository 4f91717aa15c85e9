// What a test asks for by name.
import { test as base, expect } from '@playwright/test';
import { startDuet } from './duet-server.js';
import { dist, ownPair, smollm2 } from './places.js';
import { serveFolder } from './static-server.js';

export { expect };

export const test = base.extend({
  /** Whether this project's browser has a WebGPU adapter. */
  webgpu: [true, { option: true, scope: 'worker' }],

  /** The default model's file, or null. */
  model: [async ({}, use) => use(smollm2()), { scope: 'worker' }],

  /** What the page says of its own pair, or null. */
  pair: [async ({}, use) => use(ownPair()), { scope: 'worker' }],

  /** { url, log }: the real server, with the default model under the name smollm2 where it was fetched. */
  server: [
    async ({ model }, use) => {
      const server = await startDuet({ models: model ? { smollm2: model } : {} });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  /** { url }: the page as a static site, with nothing behind it but files; the model's is /model.gguf. */
  staticSite: [
    async ({ model }, use) => {
      const site = await serveFolder(dist, model ? { '/model.gguf': model } : {});
      await use(site);
      await site.close();
    },
    { scope: 'worker' },
  ],

  /** Messages of uncaught errors and of console.error, of the page and its workers. A test fails when any is left. */
  complaints: [
    async ({ page }, use) => {
      const complaints = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      await use(complaints);
      expect(complaints, 'errors on the console').toEqual([]);
    },
    { auto: true },
  ],
});

/** Saves a screenshot of the page under test-results/screenshots, one for each project. */
export async function screenshot(page, name) {
  const project = test.info().project.name;
  await page.screenshot({ path: `test-results/screenshots/${name}-${project}.png`, fullPage: true });
}
