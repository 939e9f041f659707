const { aptProblem, installWithApt } = require('./apt.cjs');
const { attemptDaily } = require('./attempts.cjs');
const { findJupyterLab } = require('./jupyterlab.cjs');
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

/**
 * Finds JupyterLab, or else a notebook server, and Chromium; installs them where this machine allows that, else says
 * what to do. What has failed is tried again after a day, or at once with `again`.
 */
function findTools(again) {
  const machine = require('../../dist/base/machine.js');
  findJupyterLab(machine, again);
  for (const tool of tools.filter(({ missing }) => missing(machine))) {
    const { what, packages } = tool;
    const problem = aptProblem() ?? attemptDaily(what, again, () => installWithApt(packages));
    if (tool.missing(machine)) {
      const why = problem ? ` (${problem})` : '';
      say(`${what} is missing: ${tool.without}. To have it, ${tool.advice(machine)}${why}`);
    }
  }
}

module.exports = { findTools };
