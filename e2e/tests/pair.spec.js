// The pair that comes with the page: it loads by itself and solves stories that were just made up.
import { DuetPage } from '../harness/page.js';
import { expect, screenshot, test } from '../harness/fixtures.js';

test.skip(({ pair }) => !pair, 'models/ has no pair');

test('loads by itself from a static site, says where and why, and comes back without network', async ({ page, staticSite, context }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await duet.waitForModel();
  await expect(duet.loaded).toContainText('actor and critic');
  await expect(duet.loaded).toHaveAttribute('data-backend', 'cpu');
  await duet.backend.locator('summary').click();
  await expect(page.getByTestId('backend-reason')).toContainText('million weights');
  await expect(duet.solve).toHaveText('Solve');
  await expect(duet.origin).toHaveText('Recorded run');
  console.log(await duet.loaded.textContent());

  await page.route('**/*.gguf*', (route) => route.abort());
  let fetched = 0;
  context.on('request', (request) => (fetched += request.url().includes('.gguf') ? 1 : 0));
  await page.reload();
  await duet.waitForModel();
  expect(fetched).toBe(0);
});

test('solves a problem that was just made up, shows P(wrong), and the address leads back to it', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url, { gate: 'always' });
  await duet.waitForModel();
  await page.getByTestId('new-problem').click();
  await expect(page).toHaveURL(/story=2-\d+/);
  const question = await duet.text.inputValue();
  const began = Date.now();
  await duet.solve.click();
  await expect(duet.origin).toHaveText('Live');
  await expect(duet.answer).toBeVisible();
  console.log(`a fresh problem took ${Date.now() - began} ms`);
  await expect(duet.question).toHaveText(question);
  await expect(page.getByTestId('gate')).toContainText('refines');
  await expect(duet.refinement).toBeVisible();
  await expect(page.getByTestId('p-wrong')).toContainText(/\d+ %/);
  await expect(duet.answer).toContainText('the right answer is');
  await screenshot(page, 'pair');
  await page.reload();
  await expect(duet.text).toHaveValue(question);
});

test('is the default of the server, too', async ({ page, server }) => {
  const duet = new DuetPage(page);
  await duet.open(server.url);
  await duet.waitForModel();
  await expect(duet.loaded).toContainText('actor and critic');
});
