const fs = require('node:fs');
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
  const missing = () => tools.filter((tool) => tool.missing(machine));
  const wanted = missing();
  if (wanted.length === 0) return;
  const problem = aptProblem() ?? installWithApt(wanted);
  for (const { what, without, advice } of missing()) {
    say(`${what} is missing: ${without}. To have it, ${advice(machine)}${problem ? ` [${problem}]` : ''}`);
  }
}

function aptProblem() {
  if (process.env.SIGHTLINE_NO_APT) return 'not installed here: SIGHTLINE_NO_APT is set';
  if (!fs.existsSync('/usr/bin/apt-get')) return 'not installed here: there is no apt-get';
  if (process.getuid?.() !== 0) return 'not installed here: that needs root';
  return undefined;
}

function installWithApt(wanted) {
  const packages = wanted.flatMap((tool) => tool.packages);
  say(`installing ${packages.join(' ')} with apt-get (a few minutes) ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    quiet('apt-get', ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=30', ...args], { env });
  apt('update');
  const { ok, text } = apt('install', '--yes', '--no-install-recommends', ...packages);
  if (ok) return undefined;
  return `apt-get said: ${text.split('\n').find((line) => line.startsWith('E:')) ?? 'nothing'}`;
}

module.exports = { findTools };
