import { createRequire } from 'node:module';

const modules = createRequire(__filename);

/** The package that runs TensorFlow.js on libtensorflow, with CUDA where there is a GPU; an optional dependency. */
const gpuPackage = '@tensorflow/tfjs-node-gpu';

/** Its name where it is installed. */
export function nativePackage(): string | undefined {
  try {
    modules.resolve(gpuPackage);
    return gpuPackage;
  } catch {
    return undefined;
  }
}
