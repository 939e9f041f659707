import type { RunContext } from '../../base/run.js';
import { extend } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import type { Classifier } from '../../model/classifier.js';
import { foldedIn } from '../../model/maps/folded.js';
import { exactly } from '../../model/predict.js';
import { rowsProgram } from '../../model/rows-program.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';

const imagesOf = (layer: string) => `sl.of-images.${layer}`;

/** The model's graph with `layer` as an additional input instead of a node's output. */
function fromLayer(model: Classifier, layer: string): Graph {
  const { graph, shapes } = model;
  const rows = foldedIn(model) ? imagesOf(layer) : layer;
  const opened = { ...graph, nodes: [], inputs: [...graph.inputs, { name: rows, type: 'float32' as const }] };
  const builder = extend(opened);
  if (rows !== layer)
    builder.emit(
      'Reshape',
      [rows, builder.constant(int64([-1, ...shapes.get(layer)!.dims.slice(1)]))],
      {},
      layer,
    );
  const front = builder.finish(opened.inputs, []);
  const nodes = graph.nodes.map((node) =>
    node.outputs.includes(layer)
      ? { ...node, outputs: node.outputs.map((v) => (v === layer ? `sl.unused.${v}` : v)) }
      : node,
  );
  return {
    ...front,
    nodes: [...front.nodes, ...nodes],
    outputs: exactly(model, graph.outputs),
  };
}

/**
 * The raw outputs, in the model's precision, for given activations of a layer, of folded images
 * `[N, images, ...]`. Connections that bypass the layer use `input`.
 */
export async function predictFromLayer(
  model: Classifier,
  layer: string,
  values: Tensor,
  input: Tensor,
  run: RunContext,
): Promise<Tensor<Floats>> {
  const build = () => fromLayer(model, layer);
  const program = await rowsProgram(model, `from ${layer}`, build, input.shape[0]!);
  const found = await program.run<Floats>(
    { [foldedIn(model) ? imagesOf(layer) : layer]: values, [model.input.name]: input },
    run,
  );
  return found[model.output]!;
}
