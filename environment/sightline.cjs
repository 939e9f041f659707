#!/usr/bin/env node
const fs = require('node:fs');
const path = require('node:path');

const main = path.join(__dirname, '..', 'dist', 'cli', 'main.js');
if (fs.existsSync(main)) {
  process.argv[1] = main;
  require(main);
} else {
  process.stderr.write("sightline: not built yet; run 'npm run setup' first\n");
  process.exitCode = 1;
}
