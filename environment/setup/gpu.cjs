const fs = require('node:fs');
const path = require('node:path');
const { quiet, show } = require('./commands.cjs');
const root = require('./root.cjs');
const { say, SetupError } = require('./say.cjs');
const { putAt, unpackWheel } = require('./wheels.cjs');

const runtime = path.join(root, 'node_modules', 'onnxruntime-node');
const binaries = path.join(runtime, 'bin', 'napi-v6', 'linux', 'x64');

/** The libraries that ONNX Runtime's CUDA provider loads, and the wheel that has each. */
const needed = [
  ['libcublas.so.13', 'nvidia-cublas'],
  ['libcublasLt.so.13', 'nvidia-cublas'],
  ['libcurand.so.10', 'nvidia-curand'],
  ['libcudart.so.13', 'nvidia-cuda-runtime'],
  ['libnvrtc.so.13', 'nvidia-cuda-nvrtc'],
  ['libcudnn.so.9', 'nvidia-cudnn-cu13'],
];

/** Drivers from 580 on run CUDA 13. */
const CUDA_13_DRIVER = 580;

/** The major version of the NVIDIA driver; undefined without one. */
function driverVersion() {
  try {
    const { ok, text } = quiet('nvidia-smi', ['--query-gpu=driver_version', '--format=csv,noheader']);
    return ok ? Number.parseInt(text, 10) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the system's loader finds a library, of the same version as its name says. */
function hasLibrary(name) {
  const folders = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean);
  if (folders.some((folder) => fs.existsSync(path.join(folder, name)))) return true;
  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((file) => fs.existsSync(file));
  return ldconfig !== undefined && quiet(ldconfig, ['-p']).text.includes(`${name} `);
}

const librariesIn = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.so(\.|$)/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));

function install(folder) {
  for (const file of librariesIn(folder)) putAt(file, path.join(binaries, path.basename(file)));
}

/** ONNX Runtime's CUDA provider, with CUDA 13 and cuDNN 9 where this machine has none. */
function installForCuda13() {
  const missing = needed.filter(([library]) => !hasLibrary(library));
  const provider = 'capi/libonnxruntime_providers_(cuda|shared)\\.so$';
  install(unpackWheel('onnxruntime-gpu', provider));
  for (const wheel of new Set(missing.map(([, wheel]) => wheel)))
    install(unpackWheel(wheel, '\\.so\\.[0-9.]+$'));
  if (missing.length > 0)
    say(`the system lacks ${missing.map(([library]) => library).join(', ')}: set up from PyPI`);
}

/** The provider for CUDA 12, which NuGet has; CUDA 12 and cuDNN 9 must be on the machine. */
function installForCuda12() {
  say('fetching the CUDA 12 provider of ONNX Runtime from NuGet ...');
  const script = path.join(runtime, 'script', 'install.js');
  if (show(process.execPath, [script, '--onnxruntime-node-install=cuda12'], { cwd: runtime }) !== 0)
    throw new SetupError('NuGet did not bring the CUDA provider; see what it says above');
}

/** Sets up engine `cuda`. */
function setUpGpu() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError(`--gpu is for Linux on x64; this is ${process.platform} ${process.arch}`);
  const driver = driverVersion();
  if (driver === undefined)
    say('no NVIDIA driver was found (no nvidia-smi): set up for CUDA 13 all the same');
  if (driver !== undefined && driver < CUDA_13_DRIVER) {
    say(
      `the NVIDIA driver ${driver} is older than ${CUDA_13_DRIVER}, which CUDA 13 needs: set up for CUDA 12`,
    );
    installForCuda12();
  } else installForCuda13();
  say('engine cuda is set up; npx sightline doctor tells whether it works');
}

module.exports = { setUpGpu, driverVersion };
