// The Duet view as a visitor uses it.
import { expect } from '@playwright/test';

export class DuetPage {
  constructor(page) {
    this.page = page;
    for (const [name, id] of Object.entries({
      solve: 'solve', stop: 'stop', origin: 'origin', now: 'now', answer: 'answer', verdict: 'verdict',
      refinement: 'refinement', loaded: 'loaded', failure: 'failure', ending: 'ending', position: 'position',
      seed: 'seed', temperature: 'temperature', maxTokens: 'max-tokens', gate: 'gate-choice', text: 'problem-text',
      backend: 'backend', announcements: 'announcements', play: 'play', question: 'question', modelChoice: 'model-choice',
    })) this[name] = page.getByTestId(id);
    this.steps = page.getByTestId('attempt').getByTestId('step');
  }

  async open(url, query = '') {
    await this.page.goto(`${url}/${query && `?${new URLSearchParams(query)}`}`);
    await expect(this.solve.or(this.origin).first()).toBeVisible();
  }

  /** Waits until the recorded run is there, and shows it whole. */
  async showWholeRun() {
    await expect(this.question).toBeVisible();
    const end = await this.position.getAttribute('max');
    await this.position.fill(end);
    await expect(this.answer).toBeVisible();
  }

  /** Waits until nothing is loading: the page's own pair, where there is one, loads by itself. */
  async settle(pair) {
    if (pair) await this.waitForModel();
  }

  async waitForModel() {
    await expect(this.loaded).toBeVisible({ timeout: 120_000 });
  }
}
