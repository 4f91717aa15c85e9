// How the page looks, in both themes and at both ends of its widths, and what assistive technology finds in it.
import { DuetPage } from '../harness/page.js';
import { expect, screenshot, test } from '../harness/fixtures.js';

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of [[360, 740], [1440, 900]]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height } });

      test('nothing overflows, every state can be seen', async ({ page, staticSite, pair }) => {
        const duet = new DuetPage(page);
        const shoot = async (state) => {
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(overflow, `${state} overflows`).toBeLessThanOrEqual(0);
          await screenshot(page, `${state}-${colorScheme}-${width}`);
        };
        await duet.open(staticSite.url);
        await expect(duet.question).toBeVisible();
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
        await shoot('begun');
        await duet.showWholeRun();
        await shoot('whole');
        await duet.settle(pair);
        await page.getByText('Another model').click();
        await page.getByTestId('backend').locator('summary').click();
        await page.getByTestId('file').setInputFiles({ name: 'wrong.gguf', mimeType: '', buffer: Buffer.from('not a model') });
        await expect(duet.failure).toBeVisible();
        await shoot('failed');
        await page.goto(`${staticSite.url}/?hide=header,intro,problem,controls,models`);
        await duet.showWholeRun();
        await shoot('hidden');
      });

      test('text has enough contrast', async ({ page, staticSite }) => {
        const duet = new DuetPage(page);
        await duet.open(staticSite.url);
        await duet.showWholeRun();
        expect(await page.evaluate(lowContrast)).toEqual([]);
      });
    });
  }
}

/** Texts whose contrast with what lies behind them is below 4.5 : 1 (3 : 1 when large). Runs in the page. */
function lowContrast() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const style = getComputedStyle(element);
    const off = element.closest(':disabled') || !element.checkVisibility({ visibilityProperty: true });
    if (!walker.currentNode.data.trim() || off) continue;
    const under = behind(element);
    const [a, b] = [luminance(over(rgba(style.color), under)), luminance(under)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5)) found.push(`${contrast.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  return found;
}

test('headings are in order, and every control has a name', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await duet.showWholeRun();
  await inOrderAndNamed(page);
});

test('the same in the Scaling view', async ({ page, staticSite, pair }) => {
  await page.goto(`${staticSite.url}/?view=scaling&k=2&sample=0&gate=probability`);
  await expect(page.getByTestId('search')).toBeVisible();
  if (pair) {
    await expect(page.getByTestId('search')).toHaveText('Run', { timeout: 60_000 });
    await page.getByTestId('search').click();
    await expect(page.getByTestId('announcements')).toContainText('seconds.', { timeout: 60_000 });
    await expect(page.getByTestId('reader')).toBeVisible(); // the address names the sample to read
    expect(await page.evaluate(lowContrast)).toEqual([]);
  }
  await inOrderAndNamed(page);
});

async function inOrderAndNamed(page) {
  const levels = await page.locator('h1, h2, h3, h4').evaluateAll((all) => all.map((one) => Number(one.tagName[1])));
  expect(levels[0]).toBe(1);
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
  for (let i = 1; i < levels.length; i += 1) expect(levels[i] - levels[i - 1], `heading ${i}`).toBeLessThanOrEqual(1);
  await page.getByText('Another model').click();
  for (const role of ['button', 'textbox', 'combobox', 'slider', 'checkbox', 'spinbutton']) {
    for (const control of await page.getByRole(role).all()) await expect(control).toHaveAccessibleName(/\S/);
  }
}

test('focus is always visible', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    expect(outline, await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))).not.toBe('none');
  }
});

test('a theme is kept', async ({ page, staticSite }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByTestId('theme').selectOption('dark');
  expect(await ground()).not.toBe(light);
  await page.reload();
  await expect(page.getByTestId('theme')).toHaveValue('dark');
  expect(await ground()).not.toBe(light);
});
