const fs = require('node:fs');
const path = require('node:path');
const root = require('./root.cjs');

/**
 * Jupyter's surroundings: the project's kernel, settings and modules come first, and what Jupyter writes stays in the project's folder,
 * where nobody else can read it (it holds the keys to servers and kernels).
 */
function jupyterEnvironment() {
  const own = path.join(root, '.jupyter');
  fs.mkdirSync(own, { recursive: true });
  fs.chmodSync(own, 0o700);
  const { JUPYTER_PATH, JUPYTER_CONFIG_PATH, PYTHONPATH } = process.env;
  const first = (paths) =>
    [path.join(root, 'environment', 'jupyter'), paths].filter(Boolean).join(path.delimiter);
  const environment = {
    JUPYTER_DATA_DIR: path.join(own, 'data'),
    JUPYTER_CONFIG_DIR: path.join(own, 'config'),
    JUPYTER_RUNTIME_DIR: path.join(own, 'runtime'),
    IPYTHONDIR: path.join(own, 'ipython'),
    ...process.env,
    JUPYTER_PATH: first(JUPYTER_PATH),
    JUPYTER_CONFIG_PATH: first(JUPYTER_CONFIG_PATH),
    PYTHONPATH: first(PYTHONPATH),
  };
  fs.mkdirSync(environment.JUPYTER_RUNTIME_DIR, { recursive: true });
  fs.chmodSync(environment.JUPYTER_RUNTIME_DIR, 0o700);
  return environment;
}

module.exports = { jupyterEnvironment };
