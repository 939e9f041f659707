const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('./commands.cjs');
const { driverVersion } = require('./gpu.cjs');
const root = require('./root.cjs');
const { say, SetupError } = require('./say.cjs');
const { native, putAt, unpackWheel } = require('./wheels.cjs');
const wheels = require('./wheels.json');

/** TensorFlow.js's package with the sources of its binding, whose own download is not needed. */
const project = path.join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
const binding = path.join(project, 'lib', 'napi-v8', 'tfjs_binding.node');
const stamp = path.join(project, 'lib', '.sightline-setup');

/** What the binding needs of a wheel: two libraries and the headers of TensorFlow's C interface. */
const parts =
  '^tensorflow/(libtensorflow_(cc|framework)\\.so\\.2|include/tensorflow/(c|core/platform|tsl)/.*)$';

/** Drivers from 525 on run CUDA 12. */
const CUDA_12_DRIVER = 525;

function gpuWheel() {
  const driver = driverVersion();
  if (driver === undefined) throw new SetupError('--tensorflow-gpu found no NVIDIA driver (no nvidia-smi)');
  return driver >= CUDA_12_DRIVER ? 'tensorflow-cuda12' : 'tensorflow-cuda11';
}

/** The headers of Node: its own, the system's, or those of npm's package. */
function nodeHeaders() {
  const own = path.join(path.dirname(path.dirname(process.execPath)), 'include', 'node');
  const found = [own, '/usr/include/node'].find((folder) => fs.existsSync(path.join(folder, 'node_api.h')));
  if (found) return found;
  const { ok, text } = quiet('npm', ['install', '--no-save', '--prefix', native, 'node-api-headers@1.9.0']);
  if (!ok) throw new SetupError(`npm could not fetch node-api-headers: ${text.split('\n').at(-1)}`);
  return path.join(native, 'node_modules', 'node-api-headers', 'include');
}

function compile(headers) {
  const sources = fs
    .readdirSync(path.join(project, 'binding'))
    .filter((file) => file.endsWith('.cc'))
    .map((file) => path.join('binding', file));
  fs.mkdirSync(path.dirname(binding), { recursive: true });
  const flags = [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    '-DNAPI_VERSION=8',
    `-I${nodeHeaders()}`,
    `-I${headers}`,
  ];
  const libraries = ['-Ldeps/lib', '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  const found = '-Wl,-rpath,$ORIGIN/../../deps/lib';
  const { ok, text } = quiet('g++', [...flags, ...sources, ...libraries, found, '-o', binding], {
    cwd: project,
  });
  if (!ok) throw new SetupError(`g++ could not compile TensorFlow.js's binding:\n${text}`);
}

/** Sets up engine `tensorflow` on TensorFlow's own libraries; `gpu` for the CUDA that the driver runs. */
function setUpTensorflow({ gpu = false } = {}) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError(`--tensorflow is for Linux on x64; this is ${process.platform} ${process.arch}`);
  if (Number.parseInt(process.versions.node, 10) > 22)
    throw new SetupError(
      `--tensorflow needs Node 20 or 22: TensorFlow.js calls what Node 23 removed; this is ${process.version}`,
    );
  if (!fs.existsSync(project)) throw new SetupError('@tensorflow/tfjs-node-gpu is not installed: run npm ci');
  const wheel = gpu ? gpuWheel() : 'tensorflow-cpu';
  const wanted = `${wheel} ${wheels[wheel].version}\n`;
  if (fs.existsSync(binding) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  say('TensorFlow.js needs g++ and about 700 MB');
  const tensorflow = path.join(unpackWheel(wheel, parts), 'tensorflow');
  for (const library of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    putAt(path.join(tensorflow, library), path.join(project, 'deps', 'lib', library));
  say("compiling TensorFlow.js's binding (half a minute) ...");
  compile(path.join(tensorflow, 'include'));
  fs.writeFileSync(stamp, wanted);
  say('engine tensorflow runs on TensorFlow now; npx sightline doctor tells whether it works');
}

module.exports = { setUpTensorflow };
