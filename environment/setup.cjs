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

module.exports = { setup };

if (require.main === module) {
  setup({ again: true });
  say("ready; 'npm start' runs the quickstart, 'npm run lab' opens the notebooks");
}
