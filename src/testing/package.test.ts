import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { DOWNLOAD_MS, NO_REGISTRY, npm } from './npm.js';
import { tinyModel } from './tiny-model.js';

let dir: string;
let isInstalled = false;
const at = (name: string) => join(dir, name);

/**
 * Another project, into which the package that `npm pack` makes is installed as docs/installation.md says.
 */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-package-'));
  await writeFile(at('package.json'), '{ "name": "consumer", "private": true }');
  const packed = npm('npm', ['pack', '--silent', '--pack-destination', dir], '.')!;
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `./${packed.out}`];
  isInstalled = npm('npm', install, dir) !== undefined;
}, DOWNLOAD_MS);
afterAll(() => rm(dir, { recursive: true }));

const inProject = (program: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: dir, encoding: 'utf8' });
  return { status, out: stdout.trim(), errors: stderr };
};

const PROGRAM = `
import { explain, type Heat, loadModel, type Sample, show } from 'sightline';

export async function heatOf(sample: Sample): Promise<Heat> {
  const heat: Heat = await explain(await loadModel('model.onnx'), sample, 'gradient');
  show.table([{ method: 'gradient', score: 1 }]);
  return heat;
}
// @ts-expect-error
export const wrong = loadModel(3);
`;

const [typescript, olderTypescript] = [
  resolve('node_modules/typescript/bin/tsc'),
  resolve('node_modules/@tslab/typescript-for-tslab/lib/tsc.js'),
];
// The older one does not know the syntax that @types/node and sharp have by now.
const modes = [
  ['node16', typescript, '--ignoreConfig', '--module', 'node16', '--skipLibCheck', 'false'],
  ['bundler', typescript, '--ignoreConfig', '--module', 'preserve', '--skipLibCheck', 'false'],
  ['node10', olderTypescript, '--module', 'commonjs', '--skipLibCheck', 'true'],
] as const;

describe('the package that npm pack makes, in another project', () => {
  it.for(modes)(
    'has types where modules are resolved as %s',
    async ([resolution, tsc, ...flags], { skip }) => {
      skip(!isInstalled, NO_REGISTRY);
      await writeFile(at('program.ts'), PROGRAM);
      const strict = ['--strict', '--noEmit', '--target', 'es2022', '--moduleResolution', resolution];
      expect(inProject('node', tsc, ...flags, ...strict, 'program.ts')).toMatchObject({ status: 0, out: '' });
    },
  );

  it('is required and imported by its name', async ({ skip }) => {
    skip(!isInstalled, NO_REGISTRY);
    await writeFile(at('imports.mjs'), "import { explain } from 'sightline'; console.log(explain.name);");
    expect(inProject('node', 'imports.mjs')).toMatchObject({ status: 0, out: 'explain' });
    const required = inProject('node', '-p', "require('sightline').explain.name");
    expect(required).toMatchObject({ status: 0, out: 'explain' });
  });

  it('brings the command line', async ({ skip }) => {
    skip(!isInstalled, NO_REGISTRY);
    const sightline = (...args: readonly string[]) => inProject('npx', '--no', '--', 'sightline', ...args);
    expect(sightline('--help').out).toContain('sightline COMMAND [flags]');
    expect(sightline('methods', 'gradient').out).toMatch(/^gradient /);
    expect(sightline('cite', 'gradcam').out).toMatch(/^@inproceedings\{selvaraju2017gradcam,/);
    await writeOnnx(at('model.onnx'), tinyModel());
    await writeNpy(at('x.npy'), { data: new Float32Array(64).fill(1), shape: [1, 1, 8, 8] });
    const explain = ['attribute', '--model', 'model.onnx', '--input', 'x.npy', '--targets', '1'];
    const made = sightline(...explain, '--method', 'gradient', '--out', 'map.npy');
    expect(made).toMatchObject({ status: 0, out: 'map.npy: gradient, [1,1,8,8]' });
    const { data } = await readNpy(at('map.npy'));
    expect(Math.max(...Array.from(data, Number))).toBeGreaterThan(0.01);
  });

  it('says what to install for a frame', ({ skip }) => {
    skip(!isInstalled, NO_REGISTRY);
    const { errors } = inProject('node', '-e', "require('sightline').frameOf([{ score: 1 }])");
    expect(errors).toContain('danfojs-node, which is not installed: npm install danfojs-node');
  });
});
