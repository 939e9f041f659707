import { checkpoint, type RunContext } from '../../base/run.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { programOf } from '../../model/programs.js';
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
  await checkpoint(run);
  const program = await programOf(model, `from ${layer}`, () => fromLayer(model, layer));
  const out = await program.run({
    [layer]: float32(values.data, values.shape),
    [model.input.name]: float32(input.data, input.shape),
  });
  return out[model.output] as Tensor;
}
