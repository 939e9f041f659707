import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds after which a folder belongs to a browser that has started. */
const starting = 60_000;

/**
 * Removes the temporary folders of Playwright's browsers that were not closed, since the program that started
 * them was killed. A browser's command line names its profile. Only on Linux, which shows command lines.
 */
export function removeLeftBehind(folder = tmpdir()): void {
  if (!existsSync('/proc/self/cmdline')) return;
  const old = (name: string) =>
    name.startsWith('playwright') &&
    Date.now() - (attempt(() => statSync(join(folder, name)).mtimeMs) ?? Infinity) > starting;
  const names = readdirSync(folder).filter(old);
  if (names.length === 0) return;
  const running = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '')
    .join('\n');
  for (const name of names) {
    if (name.startsWith(profile) && !running.includes(name)) {
      attempt(() => rmSync(join(folder, name), { recursive: true, force: true }));
    }
    // Does not remove what holds files.
    if (name.startsWith('playwright-artifacts-') && !running.includes(profile)) {
      attempt(() => rmdirSync(join(folder, name)));
    }
  }
}

const profile = 'playwright_chromiumdev_profile-';

/** What `work` returns; undefined where the system refuses it, such as for another user's files. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
