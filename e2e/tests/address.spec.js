// Every state has an address.
import { DuetPage } from '../harness/page.js';
import { expect, test } from '../harness/fixtures.js';

test('an address restores every setting', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url, {
    q: 'How much is 2 & 2?', seed: '77', temperature: '1.1', tokens: '64', gate: 'probability', threshold: '0.3',
    backend: 'cpu',
  });
  await expect(duet.text).toHaveValue('How much is 2 & 2?');
  await expect(duet.seed).toHaveValue('77');
  await expect(duet.temperature).toHaveValue('1.1');
  await expect(duet.maxTokens).toHaveValue('64');
  await expect(duet.gate).toHaveValue('probability');
  await expect(page.getByTestId('threshold')).toHaveValue('0.3');
  await expect(page.getByTestId('backend-choice')).toHaveValue('cpu');
});

test('choices go into the address, and Back and Forward follow them', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  expect(new URL(page.url()).search).toBe('');
  await page.getByTestId('level-4').click();
  await expect(page).toHaveURL(/story=4-/);
  const question = await duet.text.inputValue();
  await page.getByTestId('level-5').click();
  await expect(page).toHaveURL(/story=5-/);
  await page.goBack();
  await expect(page.getByTestId('level-4')).toHaveAttribute('aria-pressed', 'true');
  await expect(duet.text).toHaveValue(question);
  await page.goForward();
  await expect(page.getByTestId('level-5')).toHaveAttribute('aria-pressed', 'true');
  await expect(duet.text).not.toHaveValue(question);
  await duet.seed.fill('5');
  await duet.seed.press('Tab');
  await expect(page).toHaveURL(/seed=5/);
  await page.goBack();
  await expect(page.getByTestId('level-4')).toHaveAttribute('aria-pressed', 'true');
});

test('a search has an address, too', async ({ page, staticSite }) => {
  const address = { view: 'scaling', story: '3-17', k: '16', mode: 'tree', gate: 'always', stories: '30', level: '2' };
  await page.goto(`${staticSite.url}/?${new URLSearchParams(address)}`);
  await expect(page.getByTestId('view-scaling')).toHaveAttribute('aria-current', 'page');
  for (const [id, value] of [['k', '16'], ['mode', 'tree'], ['gate-choice', 'always'], ['stories', '30'], ['stories-level', '2']]) {
    await expect(page.getByTestId(id)).toHaveValue(value);
  }
  const question = await page.getByTestId('problem-text').inputValue();
  await page.getByTestId('new-problem').click();
  await expect(page.getByTestId('problem-text')).not.toHaveValue(question);
  await expect(page).toHaveURL(/story=3-(?!17&)\d+/);
  await page.goBack();
  await expect(page.getByTestId('problem-text')).toHaveValue(question);
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
