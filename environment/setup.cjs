// Makes the project ready to use: dependencies, build, Jupyter, Chromium. Quick when nothing is to do.
const { guarded, say, SetupError } = require('./setup/say.cjs');

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(`Node ${process.versions.node} is too old: Sightline needs Node 20.19 or newer`);
}

/** `again`: tries once more what has failed within the last day. */
function setup({ again = false } = {}) {
  guarded(() => {
    checkNode();
    require('./setup/dependencies.cjs').installDependencies();
    require('./setup/build.cjs').build();
    require('./setup/system.cjs').findTools(again);
  });
}

/** What is set up only when asked for, by its flag. */
const extras = {
  '--gpu': () => require('./setup/gpu.cjs').setUpGpu(),
  '--tensorflow': () => require('./setup/tensorflow.cjs').setUpTensorflow(),
  '--tensorflow-gpu': () => require('./setup/tensorflow.cjs').setUpTensorflow({ gpu: true }),
};

function checkFlags(flags) {
  const unknown = flags.find((flag) => !Object.hasOwn(extras, flag));
  if (unknown) throw new SetupError(`'${unknown}' is not known; flags: ${Object.keys(extras).join(', ')}`);
}

module.exports = { setup };

if (require.main === module) {
  const flags = process.argv.slice(2);
  guarded(() => checkFlags(flags));
  setup({ again: true });
  guarded(() => {
    for (const flag of flags) extras[flag]();
  });
  say("ready; 'npm start' runs the quickstart, 'npm run lab' opens the notebooks");
}
