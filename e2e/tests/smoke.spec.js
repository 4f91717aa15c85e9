import { expect, screenshot, test } from '../harness/fixtures.js';

async function opens(page, url, name) {
  await page.goto(url);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Duet');
  await screenshot(page, name);
}

test('the page opens from the real server', ({ page, server }) => opens(page, server.url, 'smoke-server'));

test('the page opens as a static site', ({ page, staticSite }) => opens(page, staticSite.url, 'smoke-static'));

test('the browser has a WebGPU adapter exactly where the project says so', async ({ page, staticSite, webgpu }) => {
  await page.goto(staticSite.url);
  const found = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
  expect(found).toBe(webgpu);
});
