import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { attempt } from './attempt.js';
import { compiledFile } from './workers.js';

describe('an attempt to run a program', () => {
  it('tells its output, or how it ended', async () => {
    const node = (script: string) => attempt(process.execPath, ['-e', script]);
    expect(await node('console.log("yes")')).toEqual({ ok: true, said: 'yes' });
    expect(await node('process.exit(3)')).toEqual({ ok: false, said: 'it ended with code 3' });
    expect(await attempt('/nonexistent/program', [])).toMatchObject({ ok: false });
  });

  it('lets its own process end at once where there is no such program', () => {
    const script = `require(${JSON.stringify(compiledFile('base/attempt'))}).attempt('/nonexistent/program', [])`;
    expect(spawnSync(process.execPath, ['-e', script], { timeout: 20_000 }).signal).toBeNull();
  });
});
