import { checkEngine } from './check.js';
import type { EngineName } from './index.js';

/** Runs in its own process, so that a driver that crashes does not end this program. */
checkEngine(process.argv[2] as EngineName).then(({ works, says }) => {
  process.stdout.write(`${says}\n`);
  process.exitCode = works ? 0 : 1;
});
