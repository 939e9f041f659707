import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const npm = (...args: string[]) =>
  spawnSync('npm', ['run', '-s', 'fuzz', '--', ...args], { encoding: 'utf8' });

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
    for (const args of [['none', '10'], ['onnx'], ['onnx', 'many'], ['onnx', '1', '--sead', '2']]) {
      const { stderr, status } = npm(...args);
      expect(status).toBe(2);
      expect(stderr).toContain('npm run fuzz -- KIND COUNT [--seed N]');
    }
  }, 120_000);
});
