// Every state has an address.
import { DuetPage } from '../harness/page.js';
import { expect, test } from '../harness/fixtures.js';

test('an address restores every setting', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url, {
    q: 'How much is 2 & 2?', seed: '77', temperature: '1.1', tokens: '64', gated: '0', backend: 'cpu',
  });
  await expect(duet.text).toHaveValue('How much is 2 & 2?');
  await expect(duet.seed).toHaveValue('77');
  await expect(duet.temperature).toHaveValue('1.1');
  await expect(duet.maxTokens).toHaveValue('64');
  await expect(duet.gated).not.toBeChecked();
  await expect(page.getByTestId('backend-choice')).toHaveValue('cpu');
});

test('choices go into the address, and Back and Forward follow them', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  expect(new URL(page.url()).search).toBe('');
  await page.getByTestId('problem-garden').click();
  await expect(page).toHaveURL(/problem=garden/);
  await page.getByTestId('problem-bus').click();
  await expect(page).toHaveURL(/problem=bus/);
  await page.goBack();
  await expect(page.getByTestId('problem-garden')).toHaveAttribute('aria-pressed', 'true');
  await expect(duet.text).toHaveValue(/garden/);
  await page.goForward();
  await expect(duet.text).toHaveValue(/buses/);
  await duet.seed.fill('5');
  await duet.seed.press('Tab');
  await expect(page).toHaveURL(/seed=5/);
  await page.goBack();
  await expect(page.getByTestId('problem-garden')).toHaveAttribute('aria-pressed', 'true');
});

test('a link can hide what a teacher does not need', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url, { hide: 'header,intro,problem,controls,models,cost' });
  await duet.showWholeRun();
  for (const id of ['controls', 'models', 'cost', 'solve', 'theme']) {
    await expect(page.getByTestId(id)).toHaveCount(0);
  }
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(0);
});

test('a text beyond the limit cannot be solved, and says why', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await duet.text.fill('x'.repeat(4001));
  await expect(page.getByTestId('problem-count')).toContainText('4001 of 4000');
  await expect(duet.solve).toBeDisabled();
  await duet.text.fill('   ');
  await expect(duet.solve).toBeDisabled();
  await expect(page.getByText('Write a problem, or pick one.')).toBeVisible();
  await duet.text.fill('1 + 1?');
  await expect(duet.solve).toBeEnabled();
});
