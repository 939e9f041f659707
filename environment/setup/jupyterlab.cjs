const path = require('node:path');
const { aptProblem, installWithApt } = require('./apt.cjs');
const { attemptDaily } = require('./attempts.cjs');
const root = require('./root.cjs');
const { say } = require('./say.cjs');
const { makeVenv, mustMake, pythonOf } = require('./venv.cjs');

const venv = path.join(root, '.venv');
const requirements = path.join(root, 'environment', 'requirements.txt');

/** Makes `.venv` with JupyterLab where no Python here has it. Where that fails it says so, and all else goes on. */
function findJupyterLab({ askJupyter, findJupyter, findProgram }, again) {
  if (process.env.SIGHTLINE_PYTHON) return;
  const complete = (jupyter) => jupyter?.lab && jupyter.run && jupyter.convert;
  const found = findJupyter(root);
  if (complete(found) && found.python !== pythonOf(venv)) return;
  if (!mustMake(venv, requirements, (python) => complete(askJupyter(python)))) return;
  let told = true;
  const problem = attemptDaily('JupyterLab', again, () => {
    told = false;
    say('installing JupyterLab into .venv with pip (about a minute, 250 MB) ...');
    const python = findProgram(['python3', '/usr/bin/python3']);
    const first = python ? makeVenv(venv, requirements, python) : 'there is no python3';
    if (!/no python3|ensurepip/.test(first ?? '') || aptProblem()) return first;
    return installWithApt(['python3', 'python3-venv']) ?? makeVenv(venv, requirements, '/usr/bin/python3');
  });
  if (problem && !told) {
    say(`JupyterLab could not be installed; the system's notebook server is used in its place (${problem})`);
  }
}

module.exports = { findJupyterLab };
