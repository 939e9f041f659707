import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { environmentError } from './errors.js';

/**
 * Starts a worker thread from a module of this library; `module` is its path below the source folder, without
 * an extension.
 */
export const startWorker = (module: string, options?: WorkerOptions): Worker =>
  new Worker(compiledFile(module), options);

/** Threads and processes load compiled code only: a program run from sources takes it from the build. */
export function compiledFile(module: string): string {
  const folder = resolve(__dirname, '..');
  const compiled = folder.endsWith(`${sep}src`) ? resolve(folder, '../dist') : folder;
  const file = resolve(compiled, `${module}.js`);
  if (!existsSync(file)) throw environmentError(`${file} is missing; build the library first: npm run build`);
  return file;
}
