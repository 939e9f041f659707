// npm start: set up, then the main job on a generated data set.
const { setup } = require('./setup.cjs');
const { node } = require('./setup/commands.cjs');

setup();
const job = ['benchmark', '--dataset', 'phantom', '--out', 'outputs/quickstart'];
process.exitCode = node(['dist/cli/main.js', ...job, ...process.argv.slice(2)]);
