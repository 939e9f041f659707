const path = require('node:path');
const root = require('./root.cjs');

/** Jupyter's surroundings: the project's kernel comes first, and what Jupyter writes stays in the project's folder. */
function jupyterEnvironment() {
  const own = (folder) => path.join(root, '.jupyter', folder);
  const { JUPYTER_PATH } = process.env;
  return {
    JUPYTER_DATA_DIR: own('data'),
    JUPYTER_CONFIG_DIR: own('config'),
    JUPYTER_RUNTIME_DIR: own('runtime'),
    IPYTHONDIR: own('ipython'),
    ...process.env,
    JUPYTER_PATH: [path.join(root, 'environment', 'jupyter'), JUPYTER_PATH]
      .filter(Boolean)
      .join(path.delimiter),
  };
}

module.exports = { jupyterEnvironment };
