import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findProgram } from '../base/machine.js';

const { makeVenv, mustMake, pythonOf } = createRequire(resolve('package.json'))(
  './environment/setup/venv.cjs',
);

const dir = mkdtempSync(join(tmpdir(), 'venv-'));
const folder = join(dir, '.venv');
const complete = join(dir, 'complete');
const requirements = join(dir, 'requirements.txt');
const python = findProgram(['python3']);
const works = () => true;
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(requirements, '# nothing\n');
  return () => vi.unstubAllEnvs();
});

/** Makes the environment; the system's Python may lack what makes one. */
const made = (): string | undefined => makeVenv(folder, requirements, python);
writeFileSync(requirements, '# nothing\n');
const isLacking = python === undefined || /ensurepip/.test(made() ?? '');
if (isLacking)
  console.warn('python3 makes no virtual environments here: the set-up of JupyterLab is not tested');
else cpSync(folder, complete, { recursive: true, verbatimSymlinks: true });

/** Puts there what was made above. */
const putThere = () => cpSync(complete, folder, { recursive: true, verbatimSymlinks: true });

describe.skipIf(isLacking)('the private Python', { timeout: 120_000 }, () => {
  test('is made once, and anew from other requirements', () => {
    expect(mustMake(folder, requirements, works)).toBe(true);
    expect(made()).toBeUndefined();
    expect(mustMake(folder, requirements, works)).toBe(false);
    writeFileSync(requirements, '# nothing else\n');
    expect(mustMake(folder, requirements, works)).toBe(true);
  });

  test('is made anew where it was not completed, or has broken', () => {
    putThere();
    expect(mustMake(folder, requirements, () => false)).toBe(true);
    rmSync(pythonOf(folder));
    writeFileSync(join(folder, '.sightline-setup'), 'not complete\n');
    expect(mustMake(folder, requirements, works)).toBe(true);
    expect(made()).toBeUndefined();
    expect(existsSync(pythonOf(folder))).toBe(true);
  });

  test('that somebody made by hand is left alone as long as it runs', () => {
    putThere();
    rmSync(join(folder, '.sightline-setup'));
    expect(mustMake(folder, requirements, () => false)).toBe(false);
    rmSync(pythonOf(folder));
    expect(mustMake(folder, requirements, works)).toBe(true);
  });

  test('is not there where the packages cannot be had, and the reason is one line', () => {
    writeFileSync(requirements, readFileSync('environment/requirements.txt'));
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', '');
    vi.stubEnv('PIP_CONFIG_FILE', '/dev/null');
    expect(made()).toMatch(/^pip said: [^\n]*No matching distribution[^\n]*$/);
    expect(existsSync(folder)).toBe(false);
  });
});
