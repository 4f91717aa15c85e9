// Records web/static/recorded.json, the run that a first visit begins with, in the real page with the real model:
//   node record.js 'problem=bakery&temperature=0&gated=0' ../web/static/recorded.json
// Needs the built page (cargo xtask dist), the model (cargo xtask models) and a quiet machine: its times are shown.
import { chromium } from '@playwright/test';
import { chromiumPath, flags } from './harness/chromium.js';
import { dist, smollm2 } from './harness/places.js';
import { serveFolder } from './harness/static-server.js';

const [query, file] = process.argv.slice(2);
const site = await serveFolder(dist, { '/model.gguf': smollm2() });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags({ webgpu: false }) });
const page = await browser.newPage();
await page.goto(`${site.url}/?${query}&backend=cpu`);
await page.waitForFunction(() => typeof window.duetLoad === 'function');
const model = { model: '/model.gguf', name: 'SmolLM2-135M-Instruct Q4_1', backend: 'cpu' };
await page.evaluate((model) => window.duetLoad(model), model);
await page.getByTestId('solve').click();
await page.getByTestId('answer').waitFor({ timeout: 20 * 60_000 });
const download = page.waitForEvent('download');
await page.getByTestId('save-run').click();
await (await download).saveAs(file);
await browser.close();
await site.close();
