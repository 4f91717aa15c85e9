// Records web/static/recorded.json, the run that a first visit begins with, in the real page with its own pair:
//   node record.js 'story=2-1&temperature=0' ../web/static/recorded.json
// Needs the built page (cargo xtask dist) and a quiet machine: its times are shown.
import { chromium } from '@playwright/test';
import { chromiumPath, flags } from './harness/chromium.js';
import { dist } from './harness/places.js';
import { serveFolder } from './harness/static-server.js';

const [query, file] = process.argv.slice(2);
const site = await serveFolder(dist);
const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags({ webgpu: false }) });
const page = await browser.newPage();
await page.goto(`${site.url}/?${query}&backend=cpu`);
await page.getByTestId('loaded').waitFor({ timeout: 60_000 });
await page.getByTestId('solve').click();
await page.getByTestId('origin').getByText('Live').waitFor();
await page.getByTestId('answer').waitFor({ timeout: 60_000 });
const download = page.waitForEvent('download');
await page.getByTestId('save-run').click();
await (await download).saveAs(file);
await browser.close();
await site.close();
