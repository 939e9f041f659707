const { spawnSync } = require('node:child_process');
const root = require('./root.cjs');
const { SetupError } = require('./say.cjs');

/** Runs a program in the project's folder with its output shown, and returns its exit status. */
function show(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw new SetupError(`${program} could not be started: ${error.message}`);
  if (signal) process.exit(signal === 'SIGINT' ? 130 : 1);
  return status;
}

/** Runs a program quietly; on failure the error ends with the last thing that it said. */
function quiet(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.signal === 'SIGINT') process.exit(130);
  if (result.error) throw new SetupError(`${program} could not be started: ${result.error.message}`);
  return { ok: result.status === 0, text: `${result.stdout}${result.stderr}`.trim() };
}

const node = (args, options) => show(process.execPath, args, options);

/** Ends this process with the first exit status that is not 0. */
function must(status) {
  if (status !== 0) process.exit(status ?? 1);
}

module.exports = { show, quiet, node, must };
