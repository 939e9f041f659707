const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('./commands.cjs');
const root = require('./root.cjs');
const { say, SetupError } = require('./say.cjs');

const source = path.join(root, 'src');
const output = path.join(root, 'dist');
const stamp = path.join(output, '.built-from');

const compilers = [
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  ['node_modules/assemblyscript/bin/asc.js'],
];

const filesIn = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();

/** Every source file with its age: the build is repeated when this text changes. */
function sources() {
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'asconfig.json'].map(
    (name) => path.join(root, name),
  );
  return [...settings, ...filesIn(source).filter((file) => !file.endsWith('.test.ts'))]
    .map((file) => `${path.relative(root, file)} ${fs.statSync(file).mtimeMs}\n`)
    .join('');
}

/** Compiles src/ to dist/ where a source has changed since. */
function build() {
  const now = sources();
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === now) return;
  say('building the library ...');
  for (const compiler of compilers) {
    const { ok, text } = quiet(process.execPath, compiler);
    if (!ok) throw new SetupError(`the library does not compile:\n${text}`);
  }
  removeOrphans();
  fs.writeFileSync(stamp, now);
}

/** Removes what was built from sources that are gone. */
function removeOrphans() {
  for (const file of filesIn(output)) {
    const stem = path.relative(output, file).replace(/(\.d\.ts|\.js|\.js\.map|\.wasm)$/, '');
    const known = ['.ts', '.json', ''].some((extension) =>
      fs.existsSync(path.join(source, stem + extension)),
    );
    if (!known && file !== stamp) fs.rmSync(file);
  }
}

module.exports = { build };
