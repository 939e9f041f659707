import { checkEngine } from '../../engine/check.js';
import type { EngineName } from '../../engine/index.js';

/** Runs in its own process, so that a driver crash does not end the doctor. */
checkEngine(process.argv[2] as EngineName).then(({ works, says }) => {
  process.stdout.write(`${says}\n`);
  process.exitCode = works ? 0 : 1;
});
