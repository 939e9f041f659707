// npm run lab: set up, then JupyterLab, or the notebook server that is there, on this machine only.
const { setup } = require('./setup.cjs');
const { show } = require('./setup/commands.cjs');
const { jupyterEnvironment } = require('./setup/jupyter.cjs');
const root = require('./setup/root.cjs');
const { guarded, say, SetupError } = require('./setup/say.cjs');

setup();
guarded(() => {
  const { findJupyter, JUPYTER_ADVICE } = require('../dist/base/machine.js');
  const jupyter = findJupyter(root);
  if (!jupyter?.lab && !jupyter?.notebook) {
    throw new SetupError(`there is no JupyterLab and no notebook server here; ${JUPYTER_ADVICE}`);
  }
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  const server = jupyter.lab
    ? [
        'jupyterlab',
        '--ServerApp.ip=127.0.0.1',
        `--ServerApp.root_dir=${root}`,
        '--LabApp.default_url=/lab/tree/notebooks',
      ]
    : [
        'notebook',
        '--NotebookApp.ip=127.0.0.1',
        `--notebook-dir=${root}`,
        '--NotebookApp.default_url=/tree/notebooks',
      ];
  say(
    `opening ${jupyter.lab ? 'JupyterLab' : 'the notebook server'} on 127.0.0.1 (stop it with Ctrl-C twice)`,
  );
  process.exitCode = show(jupyter.python, ['-m', ...server, ...asRoot, ...process.argv.slice(2)], {
    env: jupyterEnvironment(),
  });
});
