import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeLeftBehind } from './left-behind.js';

test.runIf(process.platform === 'linux')('removes the folders of browsers that are gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-'));
  const profile = (name: string) => `playwright_chromiumdev_profile-${name}`;
  for (const name of [profile('gone'), profile('runs'), profile('new'), 'other']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), '');
    if (name !== profile('new')) utimesSync(join(folder, name), 0, 0);
  }
  const browser = spawn('sleep', ['60'], { argv0: `--user-data-dir=${profile('runs')}` });
  await once(browser, 'spawn');
  removeLeftBehind(folder);
  browser.kill('SIGKILL');
  expect(readdirSync(folder).sort()).toEqual(['other', profile('new'), profile('runs')].sort());
  rmSync(folder, { recursive: true });
});
