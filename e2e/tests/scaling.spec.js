// Many samples and their votes, and curves over many problems, with the pair that comes with the page.
import { readFileSync } from 'node:fs';

import { DuetPage } from '../harness/page.js';
import { expect, screenshot, test } from '../harness/fixtures.js';

const rows = (page) => page.getByTestId('samples').getByTestId('sample');

test.describe('with the pair', () => {
  test.skip(({ pair }) => !pair, 'models/ has no pair');

  test.beforeEach(async ({ page, staticSite }) => {
    const duet = new DuetPage(page);
    await duet.open(staticSite.url);
    await duet.waitForModel();
  });

  test('a link leads to the view, by mouse and by keyboard, and Back leads away', async ({ page }) => {
    await page.getByTestId('view-scaling').click();
    await expect(page).toHaveURL(/view=scaling/);
    await expect(page.getByTestId('view-scaling')).toHaveAttribute('aria-current', 'page');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('critic');
    await page.goBack();
    await expect(page.getByTestId('solve')).toBeVisible();
    await page.getByTestId('view-scaling').focus();
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('search')).toBeEnabled();
  });

  test('samples stream, votes add up, a sample can be read, and the run can be kept', async ({ page }) => {
    await page.getByTestId('view-scaling').click();
    await page.getByTestId('k').fill('4');
    await page.getByTestId('gate-choice').selectOption('always');
    await page.getByTestId('search').click();
    await expect(page.getByTestId('search-status')).toContainText('4 of 4 refinements', { timeout: 60_000 });
    await expect(page.getByTestId('search')).toBeEnabled();
    await expect(rows(page)).toHaveCount(4);
    await expect(page.getByTestId('announcements')).toContainText('With critiques and refinements the vote is');
    for (const id of ['votes-attempts', 'votes-refined']) {
      const counts = await page.getByTestId(id).getByText(/^\d+ of 4$/).allTextContents();
      expect(counts.length, 'small models answer at least once').toBeGreaterThan(0);
      expect(counts.map((text) => parseInt(text, 10)).reduce((a, b) => a + b)).toBeLessThanOrEqual(4);
    }
    await rows(page).nth(2).focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/sample=2/);
    const reader = page.getByTestId('reader');
    await expect(reader).toContainText('Sample 3');
    await expect(reader.getByRole('heading', { level: 4 })).toHaveText(['First attempt', 'The critic’s notes', 'Refinement']);
    await page.getByTestId('close').click();
    await expect(reader).toHaveCount(0);

    const download = page.waitForEvent('download');
    await page.getByTestId('save-json').click();
    const saved = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
    expect(saved.search.chains).toHaveLength(4);
    expect(saved.search.request.gate).toBe('always');
    expect(saved.gold).toMatch(/^\d+$/);
    expect(saved.stories).toEqual([]);
  });

  test('rounds and trees have their own shape', async ({ page, staticSite }) => {
    await page.goto(`${staticSite.url}/?view=scaling&k=3&mode=sequential&gate=always&backend=cpu`);
    await expect(page.getByTestId('search')).toHaveText('Run', { timeout: 60_000 });
    await page.getByTestId('search').click();
    await expect(rows(page)).toHaveCount(3, { timeout: 60_000 });
    await expect(rows(page).first()).toContainText('Round 1');
    await expect(page.getByTestId('search')).toBeEnabled({ timeout: 60_000 });
    await page.getByTestId('mode').selectOption('tree');
    await page.getByTestId('k').fill('6');
    await page.getByTestId('search').click();
    await expect(page.getByTestId('announcements')).toContainText('seconds.', { timeout: 60_000 });
    await expect(rows(page)).toHaveCount(6);
    await expect(page.getByTestId('search-status')).toContainText('6 of 6 attempts');
  });

  test('a search stops', async ({ page, staticSite }) => {
    await page.goto(`${staticSite.url}/?view=scaling&k=64&story=5-3&gate=always`);
    await expect(page.getByTestId('search')).toHaveText('Run', { timeout: 60_000 });
    await page.getByTestId('search').click();
    await page.getByTestId('stop').click();
    await expect(page.getByTestId('announcements')).toContainText('You stopped this run.');
    await expect(page.getByTestId('search')).toBeEnabled({ timeout: 10_000 });
  });

  test('curves grow, have their numbers in a table, and can be kept', async ({ page, staticSite }) => {
    await page.goto(`${staticSite.url}/?view=scaling&k=2&stories=10&level=1`);
    await expect(page.getByTestId('sweep')).toBeEnabled({ timeout: 60_000 });
    await page.getByTestId('sweep').click();
    await expect(page.getByTestId('sweep-progress')).toContainText('2 of 10 stories', { timeout: 60_000 });
    await expect(page.getByTestId('chart').first().locator('svg')).toBeVisible();
    await expect(page.getByTestId('sweep-progress')).toContainText('10 of 10 stories', { timeout: 120_000 });
    await expect(page.getByTestId('chart').first()).toHaveAttribute('aria-label', /with critic, Maj@K at K = 2: \d+ %/);
    await page.getByText('The numbers').click();
    const table = page.getByTestId('numbers');
    await expect(table.getByRole('columnheader')).toHaveText([
      'K', 'with critic, Maj@K', 'without critic, Maj@K', 'without critic, Maj@3K (compute-fair)',
    ]);
    await expect(table.getByRole('rowheader')).toHaveText(['1', '2']);
    const svg = page.waitForEvent('download');
    await page.getByTestId('save-svg').first().click();
    const chart = readFileSync(await (await svg).path(), 'utf8');
    expect(chart).toMatch(/^<svg/);
    expect(chart).not.toContain('var(');
    expect(chart).toContain('compute-fair');
    const json = page.waitForEvent('download');
    await page.getByTestId('save-json').click();
    const saved = JSON.parse(readFileSync(await (await json).path(), 'utf8'));
    expect(saved.stories).toHaveLength(10);
    expect(saved.stories[0].plain.chains).toHaveLength(6);
    expect(saved.curves).toHaveLength(3);
  });
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[360, 740], [1440, 900]]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height } });
      test.skip(({ pair }) => !pair, 'models/ has no pair');

      test('every state of the Scaling view can be seen', async ({ page, staticSite }) => {
        const shoot = async (state) => {
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, `${state} overflows`).toBeLessThanOrEqual(0);
          await screenshot(page, `${state}-${colorScheme}-${width}`);
        };
        await page.goto(`${staticSite.url}/?view=scaling&k=8&story=3-4&seed=2`);
        await expect(page.getByTestId('loaded')).toContainText('is ready', { timeout: 60_000 });
        await shoot('scaling-empty');
        await page.getByTestId('search').click();
        await expect(page.getByTestId('announcements')).toContainText('seconds.', { timeout: 60_000 });
        await rows(page).nth(1).click();
        await shoot('scaling-search');
        await page.getByTestId('close').click();
        await page.getByTestId('mode').selectOption('tree');
        await page.getByTestId('search').click();
        await expect(page.getByTestId('search')).toBeEnabled({ timeout: 60_000 });
        await page.getByTestId('k').fill('4');
        await page.getByTestId('stories').fill('10');
        await page.getByTestId('sweep').click();
        await expect(page.getByTestId('sweep-progress')).toContainText('10 of 10', { timeout: 120_000 });
        await page.getByText('The numbers').click();
        await shoot('scaling-curves');
      });
    });
  }
}
