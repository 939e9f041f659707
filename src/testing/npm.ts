import { spawnSync } from 'node:child_process';

const PATIENCE = ['--fetch-retries=1', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=500'];

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONN|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|SOCKET_TIMEOUT|ENOTCACHED/;

/** What a test that needs a package says where it cannot have it. */
export const NO_REGISTRY = 'skipped: npm does not reach its registry, and has not stored what this needs';

/** How long a test may take that has to fetch packages. */
export const DOWNLOAD_MS = 300_000;

/**
 * Runs npm or npx in a folder and returns what it prints. Returns nothing, and says so, where a package is
 * neither stored nor to be had from the registry; throws where it fails otherwise.
 */
export function npm(program: 'npm' | 'npx', args: readonly string[], cwd: string) {
  const ran = spawnSync(program, ['--prefer-offline', ...PATIENCE, ...args], { cwd, encoding: 'utf8' });
  if (ran.error) throw ran.error;
  if (ran.status !== 0 && UNREACHABLE.test(ran.stderr)) {
    console.warn(`${program} ${args.join(' ')}: ${NO_REGISTRY}`);
    return undefined;
  }
  if (ran.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  return { out: ran.stdout.trim(), errors: ran.stderr.split('\n').filter((line) => line !== '') };
}
