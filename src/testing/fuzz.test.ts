import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const run = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8' });
const npm = (...args: string[]) => run('npm', 'run', '-s', 'fuzz', '--', ...args);
/** The same without the build, once `npm` has built it. */
const built = (...args: string[]) => run('node', 'outputs/fuzz/build/testing/fuzz/main.js', ...args);

describe('fuzzing', () => {
  it('finds no crash, hang or foreign error in some inputs of each kind', () => {
    const { stdout, stderr, status } = npm('all', '30');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const counts = [...stdout.matchAll(/^\w+: 30 inputs, (\d+) read, (\d+) refused, 0 failed$/gm)];
    expect(counts.length).toBeGreaterThanOrEqual(16);
    for (const [, read, refused] of counts) {
      expect(Number(read)).toBeGreaterThan(0);
      expect(Number(refused)).toBeGreaterThan(0);
    }
  }, 300_000);

  it('says how it is called', () => {
    const results = [
      npm('none', '10'),
      built('onnx'),
      built('onnx', 'many'),
      built('onnx', '1', '--sead', '2'),
    ];
    for (const { stderr, status } of results) {
      expect(status).toBe(2);
      expect(stderr).toContain('npm run fuzz -- KIND COUNT [--seed N]');
    }
  }, 120_000);
});
