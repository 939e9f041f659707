// npm test: set up, then lint, types and tests; arguments go to vitest.
const { setup } = require('./setup.cjs');
const { must, node } = require('./setup/commands.cjs');

setup();
must(node(['node_modules/@biomejs/biome/bin/biome', 'check']));
must(node(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit']));
must(node(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]));
