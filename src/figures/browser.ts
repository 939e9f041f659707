import type { Browser } from 'playwright-core';
import { environmentError, messageOf } from '../base/errors.js';
import { CHROMIUM_ADVICE, findChromium } from '../base/machine.js';

const QUIET = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Does `work` with this machine's Chromium, and closes it. Throws an environment error where there is none. */
export async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const executablePath = findChromium();
  if (!executablePath)
    throw environmentError(`figures are exported by Chromium, which is missing: ${CHROMIUM_ADVICE}`);
  const browser = await launch(executablePath);
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  try {
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return await chromium.launch({
      executablePath,
      args: [...QUIET, ...asRoot],
      chromiumSandbox: asRoot.length === 0,
      handleSIGINT: false,
      timeout: 60_000,
    });
  } catch (error) {
    throw environmentError(`${executablePath} does not start: ${messageOf(error).slice(0, 300)}`);
  }
}
