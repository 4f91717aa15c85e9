// Measures the page's engine and wllama in the same Chromium, in turns, and prints one JSON object:
// { wllama: [report…], cpu: [report…], gpu: [report…] }, a report for each round in the form of `duet bench --json`,
// or { error }. Started by `cargo xtask bench`: node bench/browser.js '{"model":FILE,"rounds":3,"runs":2,"quick":false}'
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { chromiumPath, flags } from '../harness/chromium.js';
import { dist } from '../harness/places.js';
import { serveFolder } from '../harness/static-server.js';

// The longest call: a prompt of 512 tokens and a batch of 16 on a software GPU.
const CALL_MS = 20 * 60_000;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { model: file, rounds, runs, quick } = JSON.parse(process.argv[2]);

/** Opens `url` in a fresh browser, waits for the global function `name` and calls it with `argument`. */
async function call(url, name, argument, { webgpu }) {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: flags({ webgpu }) });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction((name) => typeof window[name] === 'function', name, { timeout: 30_000 }).catch(() => {
      throw new Error(`the page has no function ${name}`);
    });
    const timeout = new Promise((_, fail) => setTimeout(fail, CALL_MS, new Error(`no result in ${CALL_MS / 60_000} min`)).unref());
    return await Promise.race([page.evaluate(([name, argument]) => window[name](argument), [name, argument]), timeout]);
  } catch (error) {
    return { error: String(error.message).split('\n')[0] };
  } finally {
    await browser.close();
  }
}

const files = { '/model.gguf': file };
const ours = await serveFolder(dist, files);
const wllama = await serveFolder(here('../node_modules/@wllama/wllama'), { ...files, '/bench.html': here('wllama.html') });
const results = { wllama: [], cpu: [], gpu: [] };
const model = '/model.gguf';
for (let round = 0; round < rounds; round += 1) {
  for (const backend of ['cpu', 'gpu']) {
    const argument = { model: ours.url + model, backend, runs, quick };
    // The address wishes for another model, or the page would load its own pair meanwhile.
    results[backend].push(await call(`${ours.url}?model=measured`, 'duetBench', argument, { webgpu: backend === 'gpu' }));
  }
  const argument = { model: wllama.url + model, runs, quick };
  results.wllama.push(await call(`${wllama.url}/bench.html`, 'wllamaBench', argument, { webgpu: false }));
}
await Promise.all([ours.close(), wllama.close()]);
console.log(JSON.stringify(results));
