import type { RunContext } from '../../base/run.js';
import type { Graph } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { rowsProgram } from '../../model/rows-program.js';
import type { Tensor } from '../../tensor/tensor.js';

/** The model's graph with `layer` as an additional input instead of a node's output. */
function fromLayer({ graph, output }: Classifier, layer: string): Graph {
  const nodes = graph.nodes.map((node) =>
    node.outputs.includes(layer)
      ? { ...node, outputs: node.outputs.map((v) => (v === layer ? `sl.unused.${v}` : v)) }
      : node,
  );
  return {
    ...graph,
    nodes,
    inputs: [...graph.inputs, { name: layer, type: 'float32' }],
    outputs: graph.outputs.filter((v) => v.name === output),
  };
}

/** The raw outputs for given activations of a layer. Connections that bypass the layer use `input`. */
export async function predictFromLayer(
  model: Classifier,
  layer: string,
  values: Tensor,
  input: Tensor,
  run: RunContext,
): Promise<Tensor> {
  const build = () => fromLayer(model, layer);
  const program = await rowsProgram(model, `from ${layer}`, build, input.shape[0]!);
  const found = await program.run({ [layer]: values, [model.input.name]: input }, run);
  return found[model.output]!;
}
