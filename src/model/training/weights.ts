import { inputError } from '../../base/errors.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { readOnnx } from '../../graph/read.js';
import { readNpz } from '../../tensor/npz.js';

/**
 * The network with the weights of a file: the arrays of an `.npz` (as `numpy.savez` writes a state_dict) or
 * the initializers of an `.onnx` with the names of its parameters. The last layer stays as it was drawn where
 * the file's has another shape. Throws where another parameter is missing or has another shape.
 */
export async function withWeights(network: Graph, path: string): Promise<Graph> {
  const arrays = path.endsWith('.npz')
    ? new Map(Object.entries(await readNpz(path)))
    : (await readOnnx(path)).initializers;
  const last = new Set(
    network.nodes.find(({ outputs }) => outputs.includes(network.outputs[0]!.name))?.inputs,
  );
  const own = [...network.initializers].filter(
    ([, { type, shape }]) => type === 'float32' && shape.length > 0,
  );
  const read = own.flatMap(([name, { shape }]): [string, Constant][] => {
    const found = arrays.get(name);
    if (found?.shape.join() === shape.join() && found.data instanceof Float32Array)
      return [[name, { type: 'float32', data: found.data, shape }]];
    if (last.has(name)) return [];
    const has = found ? `'${name}' of shape [${found.shape}]` : `no '${name}'`;
    throw inputError(`${path} has ${has}; ${network.name} takes it as float32 [${shape}]`);
  });
  return { ...network, initializers: new Map([...network.initializers, ...read]) };
}
