import { reasonOf } from '../base/errors.js';
import { sightline } from './index.js';

/** A reader that closes the pipe early, such as head(1), is no failure; a full disk is. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`sightline: standard output can't be written: ${reasonOf(error)}\n`);
  process.exit(1);
});
process.stderr.on('error', () => process.exit(1));

sightline(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`)).then((code) => {
  process.exitCode = code;
});
