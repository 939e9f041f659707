import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const modules = createRequire(__filename);

/** An optional dependency that runs TensorFlow.js on libtensorflow, with CUDA on a machine with a GPU. */
const gpuPackage = '@tensorflow/tfjs-node-gpu';

/** How to install libtensorflow, which the npm package does not contain. */
export const NATIVE_ADVICE = `npm rebuild --ignore-scripts=false ${gpuPackage} fetches libtensorflow`;

// The package calls functions that Node 23 removed.
const supported = Number.parseInt(process.versions.node, 10) < 23;

/**
 * The package's name when it can be loaded: it is installed with its library, and this version of Node
 * supports it.
 */
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
