const { createHash } = require('node:crypto');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { quiet } = require('./commands.cjs');

const pythonOf = (folder) => path.join(folder, 'bin', 'python');

/** A file in the environment says that the set-up made it, and from which requirements once it is complete. */
const stampOf = (folder) => path.join(folder, '.sightline-setup');
const MAKING = 'not complete\n';

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined);
const hashOf = (file) => `${createHash('sha256').update(fs.readFileSync(file)).digest('hex')}\n`;
const runs = (python) => spawnSync(python, ['-c', '']).status === 0;

/**
 * Whether a private Python must be made in `folder`: there is none, or the set-up did not complete it, or it was made
 * from other requirements, or it no longer works. One that somebody made by hand and that runs is left alone.
 */
function mustMake(folder, requirements, works) {
  const stamp = read(stampOf(folder));
  if (stamp === undefined) return !runs(pythonOf(folder));
  return stamp !== hashOf(requirements) || !works(pythonOf(folder));
}

/**
 * Makes a private Python in `folder` with the packages of `requirements`. Returns why that did not work, if so; then
 * there is no folder.
 */
function makeVenv(folder, requirements, python) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  fs.writeFileSync(stampOf(folder), MAKING);
  const problem = attempt(() => fill(folder, requirements, python));
  if (problem) fs.rmSync(folder, { recursive: true, force: true });
  else fs.writeFileSync(stampOf(folder), hashOf(requirements));
  return problem;
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return error.message;
  }
}

function fill(folder, requirements, python) {
  const made = quiet(python, ['-m', 'venv', folder]);
  if (!made.ok) return `${python} -m venv said: ${venvReason(made.text)}`;
  const patience = process.env.PIP_DEFAULT_TIMEOUT ? [] : ['--timeout=20'];
  const install = ['install', '--no-input', '--disable-pip-version-check', '--retries=1', ...patience];
  const filled = quiet(pythonOf(folder), ['-m', 'pip', ...install, '--requirement', requirements]);
  return filled.ok ? undefined : `pip said: ${pipReason(filled.text)}`;
}

const linesOf = (text) => text.split('\n').map((line) => line.trim());

const venvReason = (text) =>
  /ensurepip is not|No module named '?(venv|ensurepip)/.test(text)
    ? 'the packages venv and ensurepip are missing'
    : (linesOf(text).at(-1) ?? 'nothing');

const pipReason = (text) =>
  linesOf(text)
    .findLast((line) => line.startsWith('ERROR:'))
    ?.slice('ERROR:'.length)
    .trim() ?? 'nothing';

module.exports = { makeVenv, mustMake, pythonOf };
