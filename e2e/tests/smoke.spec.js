import { expect, screenshot, test } from '../harness/fixtures.js';

for (const host of ['server', 'staticSite']) {
  test(`the page opens from the ${host}`, async ({ page, [host]: site }) => {
    await page.goto(site.url);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Duet');
    await screenshot(page, `smoke-${host}`);
  });
}

test('the browser has a WebGPU adapter exactly where the project says so', async ({ page, staticSite, webgpu }) => {
  await page.goto(staticSite.url);
  const found = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
  expect(found).toBe(webgpu);
});
