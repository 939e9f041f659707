import type { Engine } from './engine.js';
import { remoteEngine } from './remote.js';
import { NATIVE_ADVICE, nativePackage } from './tensorflow/native.js';
import { thread } from './thread.js';

/**
 * TensorFlow.js in a worker thread: on TensorFlow's own libraries where `npm run setup -- --tensorflow` has
 * set them up, else in plain JavaScript, which is about 100 times slower than ONNX Runtime.
 */
export function tensorflow(): Engine {
  const native = nativePackage() !== undefined;
  // Only what the main thread sets reaches native code.
  if (native) process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  return remoteEngine({
    name: 'tensorflow',
    label: 'TensorFlow.js',
    open: thread('engine/tensorflow-worker', '', native ? 'native' : 'JavaScript'),
    explain: (message) =>
      /tfjs_binding|libtensorflow|libcud/.test(message)
        ? `TensorFlow does not load (${message}); ${NATIVE_ADVICE}`
        : undefined,
  });
}
