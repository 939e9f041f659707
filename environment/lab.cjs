// npm run lab: set up, then JupyterLab, or the notebook server that is there, on this machine only. Ctrl-C ends it.
const { spawn } = require('node:child_process');
const { setup } = require('./setup.cjs');
const { jupyterEnvironment } = require('./setup/jupyter.cjs');
const root = require('./setup/root.cjs');
const { guarded, say, SetupError } = require('./setup/say.cjs');

/** JupyterLab asks nobody else for extensions; jupyter/labconfig keeps it from asking for news and updates. */
const LAB = [
  'jupyterlab',
  '--ServerApp.ip=127.0.0.1',
  `--ServerApp.root_dir=${root}`,
  '--LabApp.default_url=/lab/tree/notebooks',
  '--LabApp.extension_manager=readonly',
  '--ServerApp.identity_provider_class=own_origin.OwnOrigin',
];

const NOTEBOOK = [
  'notebook',
  '--NotebookApp.ip=127.0.0.1',
  `--notebook-dir=${root}`,
  '--NotebookApp.default_url=/tree/notebooks',
  '--NotebookApp.login_handler_class=own_origin.OwnOrigin',
];

/** How long the server has to end its kernels. */
const PATIENCE_MS = 8000;

/**
 * Starts the server in a process group of its own, so that Ctrl-C comes here alone: Jupyter would ask whether it is
 * meant.
 */
function serve(python, args) {
  const server = spawn(python, ['-m', ...args], {
    cwd: root,
    env: jupyterEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.kill('SIGTERM');
    setTimeout(() => process.kill(-server.pid, 'SIGKILL'), PATIENCE_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  server.on('error', (error) => {
    say(`${python} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  server.on('exit', (status) => {
    if (stopping) say('the server has stopped');
    process.exitCode = stopping ? 0 : (status ?? 1);
  });
}

setup();
guarded(() => {
  const { findJupyter, JUPYTER_ADVICE } = require('../dist/base/machine.js');
  const jupyter = findJupyter(root);
  if (!jupyter?.lab && !jupyter?.notebook) {
    throw new SetupError(`there is no JupyterLab and no notebook server here; ${JUPYTER_ADVICE}`);
  }
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  say(`opening ${jupyter.lab ? 'JupyterLab' : 'the notebook server'} on 127.0.0.1 (Ctrl-C stops it)`);
  serve(jupyter.python, [...(jupyter.lab ? LAB : NOTEBOOK), ...asRoot, ...process.argv.slice(2)]);
});
