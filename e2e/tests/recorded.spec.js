// The recorded run: there at once, labelled, played and stepped by keys.
import { DuetPage } from '../harness/page.js';
import { expect, test } from '../harness/fixtures.js';

test('a recorded run plays by itself and says that it is recorded', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await expect(duet.origin).toHaveText('Recorded run');
  await expect(duet.question).toBeVisible();
  await expect(duet.steps.first()).toBeVisible();
  const before = Number(await duet.position.inputValue());
  await expect.poll(async () => Number(await duet.position.inputValue())).toBeGreaterThan(before);
  // What plays by itself does not talk.
  await expect(duet.announcements).toBeEmpty();
});

test('arrow keys go step by step and announce sentences; space plays and pauses', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await expect(duet.question).toBeVisible();
  await page.keyboard.press('ArrowRight');
  const at = async () => Number(await duet.position.inputValue());
  await expect(duet.play).toHaveAccessibleName('Play');
  await duet.position.fill('0');
  await duet.position.blur();
  // The start of the run, then its first step.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(duet.announcements).toContainText('Actor, step 1:');
  const further = await at();
  await page.keyboard.press('ArrowLeft');
  expect(await at()).toBeLessThan(further);
  await page.keyboard.press(' ');
  await expect(duet.play).toHaveAccessibleName('Pause');
  await page.keyboard.press(' ');
  await expect(duet.play).toHaveAccessibleName('Play');
});

test('keys typed into a field stay there', async ({ page, staticSite }) => {
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await duet.text.fill('two');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.type(' ');
  await expect(duet.text).toHaveValue('tw o');
});

test.describe('with reduced motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('the recorded run is shown whole', async ({ page, staticSite }) => {
    const duet = new DuetPage(page);
    await duet.open(staticSite.url);
    await expect(duet.answer).toBeVisible();
    await expect(duet.play).toHaveAccessibleName('Play');
  });
});

test('without the recorded run the page says so and still works', async ({ page, staticSite, complaints }) => {
  await page.route('**/recorded.json*', (route) => route.abort());
  const duet = new DuetPage(page);
  await duet.open(staticSite.url);
  await expect(duet.failure).toContainText('The recorded run could not be loaded');
  await expect(duet.solve).toBeEnabled();
  complaints.length = 0; // the aborted request is what was tested
});
