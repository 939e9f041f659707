import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const modules = createRequire(__filename);

/** An optional dependency that runs TensorFlow.js on TensorFlow's libraries, which the set-up adds to it. */
const gpuPackage = '@tensorflow/tfjs-node-gpu';

/** How to install TensorFlow's libraries, which the npm package does not contain. */
export const NATIVE_ADVICE =
  "'npm run setup -- --tensorflow' (CPU) or '-- --tensorflow-gpu' (CUDA) sets up TensorFlow's own libraries";

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
