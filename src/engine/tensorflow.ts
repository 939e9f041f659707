import type { Engine } from './engine.js';
import { remoteEngine } from './remote.js';
import { NATIVE_ADVICE, nativePackage } from './tensorflow/native.js';
import { thread } from './thread.js';

/**
 * TensorFlow.js in a worker thread: on libtensorflow where `@tensorflow/tfjs-node-gpu` is installed, else in
 * plain JavaScript, which is about 100 times slower than ONNX Runtime.
 */
export const tensorflow = (): Engine =>
  remoteEngine({
    name: 'tensorflow',
    label: 'TensorFlow.js',
    open: thread('engine/tensorflow-worker', '', nativePackage() ? 'native' : 'JavaScript'),
    explain: (message) =>
      /tfjs_binding|libtensorflow|libcud/.test(message)
        ? `libtensorflow does not load (${message}); ${NATIVE_ADVICE} again; it needs CUDA 11 and cuDNN 8`
        : undefined,
  });
