// Browser tests against the built page (dist/), served by the real server and as a static site.
// `cargo xtask test` builds both first; to run one file again: `cd e2e && npx playwright test tests/NAME`.
import { defineConfig } from '@playwright/test';
import { chromiumPath, flags } from './harness/chromium.js';

// One project for each engine of the page. Without its flag Chromium has no WebGPU adapter on a machine without a
// GPU, which is how a visitor without WebGPU sees the page.
const project = (name, webgpu, testMatch) => ({
  name,
  testMatch,
  use: { webgpu, launchOptions: { executablePath: chromiumPath(), args: flags({ webgpu }) } },
});

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // Two cores, and a software GPU that takes both.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 30_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  // What does not touch the engine looks the same in both; on a software GPU it only takes longer.
  projects: [project('webgpu', true, '**/live.spec.js'), project('cpu', false, '**/*.spec.js')],
});
