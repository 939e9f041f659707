const fs = require('node:fs');
const path = require('node:path');
const root = require('./root.cjs');

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Runs `attempt`, which returns why it did not work, if so. What failed is tried again after a day, or at once with
 * `again`.
 */
function attemptDaily(what, again, attempt) {
  const failure = path.join(root, 'node_modules', `.sightline-no-${what.toLowerCase()}`);
  const last = fs.statSync(failure, { throwIfNoEntry: false });
  if (last && !again && Date.now() - last.mtimeMs < DAY_MS) return fs.readFileSync(failure, 'utf8');
  fs.rmSync(failure, { force: true });
  const problem = attempt();
  if (problem === undefined) return undefined;
  const told = `${problem}; 'npm run setup' tries again, anything else after a day`;
  fs.writeFileSync(failure, told);
  return told;
}

module.exports = { attemptDaily };
