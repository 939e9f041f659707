const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('./commands.cjs');
const root = require('./root.cjs');
const { say } = require('./say.cjs');

const tools = [
  {
    what: 'Jupyter',
    without: 'notebooks cannot be opened or run',
    packages: ['jupyter-notebook', 'jupyter-nbconvert', 'python3-nbclient'],
    missing: ({ findJupyter }) => {
      const found = findJupyter(root);
      return !found?.run || !found.convert || !(found.lab || found.notebook);
    },
    advice: ({ JUPYTER_ADVICE }) => JUPYTER_ADVICE,
  },
  {
    what: 'Chromium',
    without: 'figures cannot be exported to SVG, PDF and PNG',
    packages: ['chromium', 'fonts-liberation'],
    missing: ({ findChromium }) => findChromium() === undefined,
    advice: ({ CHROMIUM_ADVICE }) => CHROMIUM_ADVICE,
  },
];

/** Finds Jupyter and Chromium; installs them with apt where this machine allows that, else says what to do. */
function findTools() {
  const machine = require('../../dist/base/machine.js');
  for (const tool of tools.filter(({ missing }) => missing(machine))) {
    const problem = aptProblem() ?? installWithApt(tool);
    if (tool.missing(machine)) {
      const why = problem ? ` (${problem})` : '';
      say(`${tool.what} is missing: ${tool.without}. To have it, ${tool.advice(machine)}${why}`);
    }
  }
}

function aptProblem() {
  if (process.env.SIGHTLINE_NO_APT) return 'not installed by itself: SIGHTLINE_NO_APT is set';
  if (!fs.existsSync('/usr/bin/apt-get')) return 'not installed by itself: there is no apt-get';
  if (process.getuid?.() !== 0) return 'not installed by itself: that needs root';
  return undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns why it did not work, if so; then it is not tried again for a day. */
function installWithApt({ what, packages }) {
  const failure = path.join(root, 'node_modules', `.sightline-no-${what.toLowerCase()}`);
  const last = fs.statSync(failure, { throwIfNoEntry: false });
  if (last && Date.now() - last.mtimeMs < DAY_MS) return fs.readFileSync(failure, 'utf8');
  say(`installing ${packages.join(' ')} with apt-get (a minute or more) ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    quiet('apt-get', ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=30', ...args], { env });
  apt('update');
  const { ok, text } = apt('install', '--yes', '--no-install-recommends', ...packages);
  if (ok) return undefined;
  const said = text.split('\n').find((line) => line.startsWith('E:')) ?? 'E: nothing';
  const problem = `apt-get said: ${said.slice(2).trim()}; not tried again for a day`;
  fs.writeFileSync(failure, problem);
  return problem;
}

module.exports = { findTools };
