import { checkEngine } from '../../engine/check.js';
import type { EngineName } from '../../engine/index.js';

/** A process of its own: where a driver takes it down, nothing else ends with it. */
checkEngine(process.argv[2] as EngineName).then(({ works, says }) => {
  process.stdout.write(`${says}\n`);
  process.exitCode = works ? 0 : 1;
});
