const fs = require('node:fs');
const { quiet } = require('./commands.cjs');
const { say } = require('./say.cjs');

/** Why apt is not used here, if so. */
function aptProblem() {
  if (process.env.SIGHTLINE_NO_APT) return 'not installed by itself: SIGHTLINE_NO_APT is set';
  if (!fs.existsSync('/usr/bin/apt-get')) return 'not installed by itself: there is no apt-get';
  if (process.getuid?.() !== 0) return 'not installed by itself: that needs root';
  return undefined;
}

/** Installs packages; returns why that did not work, if so. */
function installWithApt(packages) {
  say(`installing ${packages.join(' ')} with apt-get (a minute or more) ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    quiet('apt-get', ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=30', ...args], { env });
  apt('update');
  const { ok, text } = apt('install', '--yes', '--no-install-recommends', ...packages);
  if (ok) return undefined;
  const said = text.split('\n').find((line) => line.startsWith('E:')) ?? 'E: nothing';
  return `apt-get said: ${said.slice(2).trim()}`;
}

module.exports = { aptProblem, installWithApt };
