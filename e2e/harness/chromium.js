// The system's browser: none is downloaded.
import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of the browser: the variable CHROMIUM, or the first of the usual places. */
export function chromiumPath() {
  const found = process.env.CHROMIUM ?? PLACES.find(existsSync);
  if (!found) throw new Error('no browser found; run: apt-get install -y chromium, or set CHROMIUM to its path');
  return found;
}

/** Command-line flags. `webgpu` gives a software adapter where there is no GPU; without it there is no adapter. */
export function flags({ webgpu }) {
  const quiet = [
    '--no-sandbox', // Chromium refuses to start as root otherwise
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage', // containers give /dev/shm 64 MB
  ];
  return webgpu ? [...quiet, '--enable-unsafe-webgpu'] : quiet;
}
