import { sightline } from './index.js';

/** A reader that closes the pipe early, such as head(1), is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

sightline(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`)).then((code) => {
  process.exitCode = code;
});
