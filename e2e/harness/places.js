// Where the built things are. `cargo xtask` sets the variables; the defaults serve a run by hand.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The built page. */
export const dist = process.env.DUET_DIST ?? join(root, 'dist');

/** The server's binary. */
export const duet =
  process.env.DUET_BIN ?? join(resolve(root, process.env.CARGO_TARGET_DIR ?? 'target'), 'release', 'duet');

/** The default model's file, or null where it was not fetched (`cargo xtask models`). */
export function smollm2() {
  const folder = process.env.DUET_MODELS ?? join(homedir(), '.cache', 'duet', 'models');
  const file = join(folder, 'SmolLM2-135M-Instruct.Q4_1.gguf');
  return existsSync(file) ? file : null;
}

/** What the built page says of its own pair, or null where it has none. */
export function ownPair() {
  const manifest = join(dist, 'pair.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : null;
}
