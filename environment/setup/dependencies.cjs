const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('./commands.cjs');
const root = require('./root.cjs');
const { say, SetupError } = require('./say.cjs');

const modules = path.join(root, 'node_modules');
const stamp = path.join(modules, '.sightline-setup');
const self = path.join(modules, 'sightline');

function wanted() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const major = process.versions.node.split('.')[0];
  return `${createHash('sha256').update(lock).digest('hex')} node${major} ${process.platform} ${process.arch}\n`;
}

/** npm writes its own lock into node_modules; where that is the younger one, somebody has installed by hand. */
function installedByHand() {
  const age = (file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return age(path.join(modules, '.package-lock.json')) >= age(path.join(root, 'package-lock.json'));
}

const upToDate = () =>
  fs.existsSync(stamp) ? fs.readFileSync(stamp, 'utf8') === wanted() || installedByHand() : installedByHand();

/** Installs what package-lock.json names, where that has not been done. */
function installDependencies() {
  if (!upToDate()) {
    say('installing the dependencies of package-lock.json (about a minute) ...');
    const npm = process.env.npm_execpath;
    const [program, args] = npm ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
    const { ok, text } = quiet(program, args);
    if (!ok)
      throw new SetupError(
        `npm ci failed: ${firstError(text)}\nsetup: run 'npm ci' to see all of what it says`,
      );
  }
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== wanted()) fs.writeFileSync(stamp, wanted());
  linkSelf();
}

/** Notebooks import 'sightline' by name, through node_modules. */
function linkSelf() {
  if (fs.existsSync(path.join(self, 'package.json'))) return;
  fs.rmSync(self, { recursive: true, force: true });
  fs.symlinkSync('..', self, 'dir');
}

const firstError = (text) =>
  text
    .split('\n')
    .filter((line) => /^npm (ERR!|error)/i.test(line))
    .map((line) => line.replace(/^npm (ERR!|error) ?/i, '').trim())
    .filter((line) => line !== '' && !line.startsWith('code '))[0] ?? 'npm gave no reason';

module.exports = { installDependencies };
