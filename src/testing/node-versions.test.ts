import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compiledFile } from '../base/workers.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { DOWNLOAD_MS, NO_REGISTRY, npm } from './npm.js';
import { tinyModel } from './tiny-model.js';

let dir: string;
const at = (name: string) => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-node-'));
  await writeOnnx(at('model.onnx'), tinyModel());
  const data = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * i));
  await writeNpy(at('x.npy'), { data, shape: [1, 1, 8, 8] });
  const white = { width: 3, height: 2, channels: 3, background: 'white' } as const;
  await sharp({ create: white }).png().toFile(at('white.png'));
});
afterAll(() => rm(dir, { recursive: true }));

/** The program of a major version: this one, or that of the npm package which carries it. */
function nodeOf(major: string): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const carrier = `node-${system}-${process.arch}@${major}`;
  return npm('npx', ['--yes', '--package', carrier, 'node', '-p', 'process.execPath'], dir)?.out;
}

const versions = ['20', '22', '24'];

it.for(versions)(
  'Node %s loads the library, explains on two engines, reads a PNG',
  { timeout: DOWNLOAD_MS },
  async (major, { skip }) => {
    const node = nodeOf(major);
    if (node === undefined) return skip(NO_REGISTRY);
    const run = (...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    };
    const load = `const { frameOf } = require(${JSON.stringify(compiledFile('index'))})`;
    expect(run('-p', `${load}; [process.version, frameOf([{ a: 1 }]).columns].join()`)).toMatch(
      new RegExp(`^v${major}\\..*,a\n$`),
    );
    const sightline = (...args: readonly string[]) => run(compiledFile('cli/main'), ...args);
    expect(sightline('--help')).toContain('sightline COMMAND [flags]');
    const explain = ['attribute', '--model', at('model.onnx'), '--input', at('x.npy'), '--targets', '1'];
    const mapOn = async (engine: string) => {
      sightline(...explain, '--method', 'gradient', '--engine', engine, '--out', at(`${engine}.npy`));
      return Array.from((await readNpy(at(`${engine}.npy`))).data, Number);
    };
    const [map, peer] = [await mapOn('cpu'), await mapOn('tensorflow')];
    expect(Math.max(...map)).toBeGreaterThan(0.01);
    expect(Math.max(...map.map((value, i) => Math.abs(value - peer[i]!)))).toBeLessThan(1e-6);
    sightline('data', 'decode', at('white.png'), '--out', at('white.npy'));
    const { data } = await readNpy(at('white.npy'));
    expect(Array.from(data, Number)).toEqual(new Array(18).fill(1));
  },
);
