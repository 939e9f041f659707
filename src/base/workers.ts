import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { environmentError } from './errors.js';

/**
 * Starts a worker thread. `module` is the path of a module of this library relative to the source folder,
 * without an extension.
 */
export const startWorker = (module: string, options?: WorkerOptions): Worker =>
  new Worker(compiledFile(module), options);

/**
 * The compiled file of a module. Threads and processes cannot load TypeScript, so a program run from sources
 * uses the build. Throws an environment error when the file is missing.
 */
export function compiledFile(module: string): string {
  const folder = resolve(__dirname, '..');
  const compiled = folder.endsWith(`${sep}src`) ? resolve(folder, '../dist') : folder;
  const file = resolve(compiled, `${module}.js`);
  if (!existsSync(file)) throw environmentError(`${file} is missing; build the library first: npm run build`);
  return file;
}
