import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { startGraph } from '../graph/builder.js';
import type { Constant, ElementType } from '../graph/graph.js';
import { formatOnnx } from '../graph/write.js';
import type { Arrays } from './engine.js';
import { loadCudaLibraries } from './gpu/cuda.js';
import type { OnnxRuntimeSettings, Provider } from './onnxruntime.js';
import { serve } from './serve.js';

interface Loaded {
  readonly session: InferenceSession;
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  /** The values of carried inputs, by input name. */
  readonly state: Record<string, OrtTensor>;
}

const { provider, threads, device } = JSON.parse(process.argv[2]!) as OnnxRuntimeSettings;

/**
 * The execution providers; operators that the GPU does not support fall back to the CPU. WebGPU uses NCHW:
 * with NHWC, its default, ONNX Runtime 1.30 computes wrong convolutions when the input channels are a
 * multiple of 3 above 3 but not of 4, and the output channels are a multiple of 4.
 */
const providers: Readonly<Record<Provider, InferenceSession.ExecutionProviderConfig[]>> = {
  cpu: ['cpu'],
  cuda: [{ name: 'cuda', deviceId: device }, 'cpu'],
  webgpu: [{ name: 'webgpu', preferredLayout: 'NCHW' }, 'cpu'],
};

/**
 * The size of a model's weights in bytes from which ONNX Runtime does not keep a second, reordered copy of
 * the matrices. It then reorders them in each run, which costs little next to the run.
 */
const large = 1 << 28;

if (provider === 'cuda') loadCudaLibraries();

serve<Loaded>({
  async compile({ model, weights, blocked, carry, state }) {
    const session = await InferenceSession.create(model, {
      executionProviders: providers[provider],
      graphOptimizationLevel: blocked ? 'all' : 'basic',
      intraOpNumThreads: threads,
      // Memory patterns take a third to a half more memory, and no less time.
      enableMemPattern: provider !== 'cpu',
      logSeverityLevel: 4,
      // WebGPU can keep what is carried to the next run; CUDA cannot, there a program runs several steps.
      ...(provider === 'webgpu' && {
        preferredOutputLocation: Object.fromEntries(Object.keys(carry).map((name) => [name, 'gpu-buffer'])),
      }),
      extra: {
        session: {
          // The optimisations of quantised models round weights and biases that a graph holds as floats.
          disable_quant_qdq: '1',
          // The next images of a training are made meanwhile: a thread that waits soon leaves its core.
          ...(Object.keys(carry).length > 0 && { intra_op: { spin_duration_us: '30' } }),
          ...(weights !== undefined && {
            model_external_initializers_file_folder_path: dirname(weights),
            disable_prepacking: statSync(weights).size < large ? '0' : '1',
          }),
        },
      },
    });
    return { session, carry, state: toOrt(state) };
  },
  async run({ session, carry, state }, { feeds, outputs }) {
    const wanted = outputs ?? session.outputNames.filter((name) => !(name in carry));
    const asked = provider === 'webgpu' ? session.outputNames : [...wanted, ...Object.keys(carry)];
    const results = await session.run({ ...state, ...toOrt(feeds) }, asked);
    for (const [output, input] of Object.entries(carry)) {
      state[input]?.dispose();
      state[input] = results[output]!;
    }
    return fromOrt(Object.fromEntries(wanted.map((name) => [name, results[name]!])), false);
  },
  state: async ({ state }) => fromOrt(await onCpu(state), true),
  release({ session, state }) {
    for (const tensor of Object.values(state)) tensor.dispose();
    return session.release();
  },
});

function toOrt(arrays: Arrays): Record<string, OrtTensor> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { type, data, shape }]) => [
      name,
      new OrtTensor(type as 'float32', data as Float32Array, shape),
    ]),
  );
}

function fromOrt(tensors: Readonly<Record<string, OrtTensor>>, keep: boolean): Record<string, Constant> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data, dims }]) => {
      const own = data as Constant['data'];
      return [name, { type: type as ElementType, data: keep ? own.slice() : own, shape: dims }];
    }),
  );
}

/**
 * Copies tensors out of device buffers by a program that hands them on: in ONNX Runtime 1.30 a tensor's own
 * `getData` ends the process.
 */
async function onCpu(tensors: Readonly<Record<string, OrtTensor>>): Promise<Record<string, OrtTensor>> {
  const held = Object.entries(tensors).filter(([, { location }]) => location !== 'cpu');
  if (held.length === 0) return tensors;
  const builder = startGraph('copies');
  const outputs = held.map(([name], i) => builder.alias(name, `copy ${i}`));
  const value = (name: string, i: number) => ({ name, type: held[i]![1].type as ElementType });
  const graph = builder.finish(
    held.map(([name], i) => value(name, i)),
    outputs.map(value),
  );
  const session = await InferenceSession.create(formatOnnx(graph), {
    executionProviders: providers[provider],
  });
  const copies = await session.run(Object.fromEntries(held));
  await session.release();
  return { ...tensors, ...Object.fromEntries(held.map(([name], i) => [name, copies[outputs[i]!]!])) };
}
