// npm run gpu-bundle -- [GENERATION]: packs what gpu-check needs for a machine without network, for one GPU generation:
// 80 for A100, 86 for A40 and A10, 89 for L4 and L40, 90 (the default) for H100 and H200.
const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('../setup/commands.cjs');
const root = require('../setup/root.cjs');
const { guarded, say, SetupError } = require('../setup/say.cjs');
const { unpackWheel } = require('../setup/wheels.cjs');
const { keepGeneration } = require('./fatbin.cjs');

const MOST_MB = 60;
const output = path.join(root, 'outputs', 'gpu-bundle');
const modules = path.join(root, 'node_modules');
const natives = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
const provider = 'onnxruntime/capi/libonnxruntime_providers_';

/** What gpu-check does not load. */
const without = new Set(['@tensorflow/tfjs', 'playwright-core', 'plotly.js-cartesian-dist-min']);
const foreign = /\/(darwin|win32|arm64)(\/|$)|linuxmusl|\.(map|md)$|\.d\.ts$/;

const manifest = (name) => JSON.parse(fs.readFileSync(path.join(modules, name, 'package.json'), 'utf8'));

/** The packages that the library needs, with those that they need. */
function packages() {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const found = new Set();
  const add = (name) => {
    if (found.has(name) || without.has(name) || !fs.existsSync(path.join(modules, name, 'package.json')))
      return;
    found.add(name);
    const { dependencies: own = {}, optionalDependencies = {} } = manifest(name);
    for (const next of [...Object.keys(own), ...Object.keys(optionalDependencies)]) add(next);
  };
  for (const name of Object.keys(dependencies)) add(name);
  return [...found];
}

function copy(from, to, filter = () => true) {
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.cpSync(from, to, { recursive: true, filter: (file) => filter(file.slice(from.length)) });
}

function pack(folder, name) {
  const file = path.join(output, name);
  const { ok, text } = quiet('tar', ['-cJf', file, '-C', folder, '.'], {
    env: { ...process.env, XZ_OPT: '-6 -T0' },
  });
  if (!ok) throw new SetupError(`tar could not pack ${name}: ${text}`);
  const megabytes = fs.statSync(file).size / 1e6;
  say(`${path.relative(root, file)}: ${megabytes.toFixed(1)} MB`);
  if (megabytes > MOST_MB) throw new SetupError(`${name} has more than ${MOST_MB} MB`);
}

function bundle(generation) {
  if (!Number.isInteger(generation) || generation < 50)
    throw new SetupError(`a GPU generation is a number such as 80, 86 or 90`);
  const stage = path.join(output, 'stage');
  fs.rmSync(output, { recursive: true, force: true });
  say('packing the library ...');
  const app = path.join(stage, 'app');
  copy(path.join(root, 'dist'), path.join(app, 'dist'), (file) => !foreign.test(file));
  copy(path.join(root, 'package.json'), path.join(app, 'package.json'));
  copy(path.join(root, 'environment', 'gpu', 'peer.py'), path.join(app, 'environment', 'gpu', 'peer.py'));
  copy(process.execPath, path.join(app, 'node'));
  for (const name of packages())
    copy(
      path.join(modules, name),
      path.join(app, 'node_modules', name),
      (file) => !foreign.test(file) && !/lib(cu|nv)|libonnxruntime_providers/.test(file),
    );
  fs.writeFileSync(
    path.join(app, 'gpu-check.sh'),
    '#!/bin/sh\n# Unpack all archives into one folder, then run this; CUDA 13 and cuDNN 9 must be on LD_LIBRARY_PATH.\ncd "$(dirname "$0")" && exec ./node dist/cli/main.js gpu-check "$@"\n',
    { mode: 0o755 },
  );
  pack(app, 'gpu-check.tar.xz');
  say(`packing the CUDA kernels of generation ${generation} ...`);
  const wheel = unpackWheel('onnxruntime-gpu', 'capi/libonnxruntime_providers_(cuda|shared)\\.so$');
  const own = path.join(stage, 'cuda', natives);
  copy(path.join(wheel, `${provider}shared.so`), path.join(own, 'libonnxruntime_providers_shared.so'));
  const library = fs.readFileSync(path.join(wheel, `${provider}cuda.so`));
  if (keepGeneration(library, generation).kept === 0)
    throw new SetupError(`the CUDA provider has no kernels of generation ${generation}`);
  fs.writeFileSync(path.join(own, 'libonnxruntime_providers_cuda.so'), library);
  pack(path.join(stage, 'cuda'), `cuda-${generation}.tar.xz`);
  fs.rmSync(stage, { recursive: true });
}

guarded(() => bundle(Number(process.argv[2] ?? 90)));
