import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DOWNLOAD_MS, NO_REGISTRY, npm } from './npm.js';

const folder = mkdtempSync(join(tmpdir(), 'environment-'));
afterAll(() => rmSync(folder, { recursive: true }));

const node = (args: readonly string[], env = {}) =>
  spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } });

function counted(report: object | undefined, status: string): string {
  const path = join(folder, 'report.json');
  rmSync(path, { force: true });
  if (report) writeFileSync(path, JSON.stringify(report));
  return node(['environment/setup/count.cjs', path, status]).stdout;
}

const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [] };

test('the closing line counts what passed, failed and was skipped', () => {
  expect(counted(report, '0')).toBe('5 passed, 0 failed, 3 skipped\n');
});

test('a test file that does not load counts as a failure, beside the tests that fail', () => {
  const unloaded = { status: 'failed', assertionResults: [] };
  const failing = { status: 'failed', assertionResults: [{}] };
  const broken = { ...report, numFailedTests: 1, testResults: [unloaded, failing] };
  expect(counted(broken, '1')).toBe('5 passed, 2 failed, 3 skipped\n');
});

test('a run that failed although no test did is not called a success', () => {
  expect(counted(report, '1')).toBe('5 passed, 1 failed, 3 skipped\n');
});

test('where no test was run none is counted', () => {
  expect(counted(undefined, '1')).not.toMatch(/passed|skipped/);
});

test('the kernel is found by a path from its own folder, so that it can be committed', () => {
  const { argv } = JSON.parse(readFileSync('environment/jupyter/kernels/tslab/kernel.json', 'utf8'));
  expect(argv).toEqual(['node', '{resource_dir}/../../../kernel.cjs', '{connection_file}']);
});

test('tells what is missing without Jupyter and Chromium, and how to get it', () => {
  const code =
    "require('./environment/setup/build.cjs').build(); require('./environment/setup/system.cjs').findTools()";
  const { status, stderr } = node(['-e', code], {
    SIGHTLINE_NO_APT: '1',
    SIGHTLINE_PYTHON: '/nowhere/python3',
    SIGHTLINE_CHROMIUM: '/nowhere/chromium',
  });
  expect(status).toBe(0);
  const lines = stderr.split('\n').filter((line) => line.includes('missing'));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(
    /Jupyter is missing: notebooks cannot be opened or run\. To have it, install .*pip install/,
  );
  expect(lines[1]).toMatch(/Chromium is missing: figures cannot be exported .* apt-get install chromium/);
});

test('a Node that is too old is refused in one line', () => {
  const code = `Object.defineProperty(process.versions, 'node', { value: '20.18.1' }); require('./environment/setup.cjs').setup()`;
  const { status, stderr } = node(['-e', code]);
  expect(status).toBe(1);
  expect(stderr).toBe('setup: Node 20.18.1 is too old: Sightline needs Node 20.19 or newer\n');
});

test('the set-up names the flags that it knows', () => {
  const { status, stderr } = node(['environment/setup.cjs', '--gup']);
  expect(status).toBe(1);
  expect(stderr).toBe("setup: '--gup' is not known; flags: --gpu, --tensorflow, --tensorflow-gpu\n");
});

test('a wheel of another size or content is refused', () => {
  const file = join(folder, 'some.whl');
  writeFileSync(file, 'wheel');
  const sha256 = createHash('sha256').update('wheel').digest('hex');
  const problem = (listed: object) => {
    const code = `console.log(require('./environment/setup/wheels.cjs').mismatch(...${JSON.stringify([file, listed])}))`;
    return node(['-e', code]).stdout.trim();
  };
  expect(problem({ bytes: 5, sha256 })).toBe('undefined');
  expect(problem({ bytes: 6, sha256 })).toBe('it has 5 bytes in place of 6');
  expect(problem({ bytes: 5, sha256: '0' })).toBe(`its SHA-256 is ${sha256} in place of 0`);
});

test('kernels of other GPU generations are emptied, and the length stays', () => {
  const code = `
    const { keepGeneration } = require('./environment/gpu/fatbin.cjs');
    const elf = Buffer.alloc(512);
    elf.writeBigUInt64LE(64n, 0x28); elf.writeUInt16LE(64, 0x3a); elf.writeUInt16LE(2, 0x3c); elf.writeUInt16LE(1, 0x3e);
    elf.write('.nv_fatbin', 200);
    elf.writeUInt32LE(0, 64); elf.writeBigUInt64LE(256n, 64 + 0x18); elf.writeBigUInt64LE(200n, 64 + 0x20);
    elf.writeUInt32LE(100, 128); elf.writeBigUInt64LE(200n, 128 + 0x18);
    elf.writeUInt32LE(0xba55ed50, 256); elf.writeUInt16LE(16, 262); elf.writeBigUInt64LE(80n, 264);
    for (const [at, generation] of [[272, 80], [312, 90]]) {
      elf.writeUInt16LE(2, at); elf.writeUInt32LE(32, at + 4); elf.writeBigUInt64LE(8n, at + 8);
      elf.writeUInt32LE(generation, at + 28); elf.fill(7, at + 32, at + 40);
    }
    const found = keepGeneration(elf, 90);
    console.log(JSON.stringify({ ...found, first: elf[304], second: elf[344], length: elf.length }));`;
  const { stdout } = node(['-e', code]);
  expect(JSON.parse(stdout)).toEqual({ kept: 8, emptied: 8, first: 0, second: 7, length: 512 });
});

test('no package needs its install script, which npm does not run', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const scripted = Object.keys(packages).filter((path) => packages[path].hasInstallScript);
  const advertise = ['core-js', 'core-js-pure'];
  const compareVersions = ['onnxruntime-web/node_modules/protobufjs'];
  const lookForWhatTheyBring = ['zeromq'];
  const downloadForNvidiaGpus = ['onnxruntime-node', '@tensorflow/tfjs-node-gpu'];
  const known = [...advertise, ...compareVersions, ...lookForWhatTheyBring, ...downloadForNvidiaGpus];
  expect(scripted.sort()).toEqual(known.map((name) => `node_modules/${name}`).sort());
});

test.for(['10', '11'])(
  'npm %s knows all settings of the project',
  { timeout: DOWNLOAD_MS },
  (major, { skip }) => {
    const called = ['--yes', '--package', `npm@${major}`, '--', 'npm', 'config', 'get', 'ignore-scripts'];
    const ran = npm('npx', called, '.');
    if (ran === undefined) return skip(NO_REGISTRY);
    expect(ran.out).toBe('true');
    expect(ran.errors.filter((line) => line.includes('project config'))).toEqual([]);
  },
);
