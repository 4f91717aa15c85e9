// The real server as a child process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dist, duet } from './places.js';

const START_MS = 60_000;

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/**
 * Starts `duet serve` with the built page on a free port and waits until it answers. `models` maps names to files.
 * Returns { url, log, stop }; log() is everything it has written.
 */
export async function startDuet({ models = {}, args = [] } = {}) {
  const port = await freePort();
  const named = Object.entries(models).flatMap(([name, file]) => ['--model', `${name}=${file}`]);
  const child = spawn(duet, ['serve', '--page', dist, '--port', String(port), ...named, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let ended = null;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = `ended with ${signal ?? code}`));
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_MS;
  while (!(await fetch(url).then((answer) => answer.ok, () => false))) {
    if (ended || Date.now() > deadline) {
      child.kill();
      throw new Error(`${duet} ${ended ?? `does not answer on ${url} after ${START_MS / 1000} s`}\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const stop = async () => {
    if (ended) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { url, log: () => output, stop };
}
