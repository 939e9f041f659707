import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const modules = createRequire(__filename);

/**
 * The package that runs TensorFlow.js on libtensorflow, with CUDA where there is a GPU; an optional
 * dependency.
 */
const gpuPackage = '@tensorflow/tfjs-node-gpu';

/** How its library, which npm does not bring, gets there. */
export const NATIVE_ADVICE = `npm rebuild --ignore-scripts=false ${gpuPackage} fetches libtensorflow`;

// It calls functions of Node that Node 23 removed.
const supported = Number.parseInt(process.versions.node, 10) < 23;

/** Its name where it can be loaded: installed, its library fetched, and on a Node that it supports. */
export function nativePackage(): string | undefined {
  return supported && hasLibrary() ? gpuPackage : undefined;
}

function hasLibrary(): boolean {
  try {
    const folder = join(dirname(modules.resolve(`${gpuPackage}/package.json`)), 'lib');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.node'));
  } catch {
    return false;
  }
}
