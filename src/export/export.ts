import { innerOptions } from '../attribution/attribute.js';
import { checkImages } from '../attribution/check-images.js';
import { type MethodName, methodOf, methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { unsupported } from '../base/errors.js';
import { type OptionsFor, optionsInWords, readOptions } from '../base/options.js';
import { float32, int64 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Classifier } from '../model/classifier.js';
import { borderOf } from '../model/input/border.js';
import { takenText } from '../model/normalisation.js';
import { askInGraph } from '../model/questions/in-graph.js';
import { publicly, type Target, targetOf } from '../model/target.js';
import { sizeOf, zeros } from '../tensor/tensor.js';
import { exportGraph } from './graph.js';

export interface ExportSettings {
  /** What is explained; without it, the raw output whose index the graph's input `target` `[N]` gives. */
  readonly target?: string | Target;
  /** Of the noise that the graph holds. */
  readonly seed?: number;
}

/** The methods that can be exported. */
export const exportable = (): readonly MethodName[] =>
  Object.values<Method>(methods).flatMap((one) => (one.graph ? [one.name as MethodName] : []));

/**
 * The explanation of a model by one method as a graph: the image in; the raw outputs, probabilities,
 * explained number, map and residual out. The image is normalised as the model takes it, and the file's
 * description tells how. Metadata `sightline` holds normalisation, layout, class names and how the map was
 * made; whatever else the model's file says of itself stays behind, and names of files. What a target
 * chooses by a prediction, the graph chooses at each image. Throws a usage error for a target that no graph
 * finds, and an unsupported error for a method that runs the model as often as an image asks for.
 */
export async function explanationGraph<M extends MethodName | Method>(
  whole: Classifier,
  method: M,
  given: OptionsFor<typeof methods, M>,
  { target, seed = 0 }: ExportSettings = {},
): Promise<Graph> {
  const chosen: Method = methodOf(method);
  if (!chosen.graph)
    throw unsupported(`${chosen.name} is no single graph; those that are: ${exportable().join(', ')}`);
  const options = readOptions(chosen.options, given, `method ${chosen.name}`);
  checkImages(whole, chosen);
  const wanted = target === undefined ? undefined : targetOf(target);
  const blank = zeros([1, ...whole.input.shape]);
  const question = wanted ? await askInGraph(whole, wanted, blank) : { model: whole, targets: [undefined] };
  const anyEngine = { ...whole.engine, name: 'any' };
  const asked = { ...question.model, engine: anyEngine };
  const border = borderOf(asked);
  const made = await chosen.graph({ model: border.model, options: innerOptions(border, options), seed });
  const graph = exportGraph({
    ...{ whole: question.model === whole ? asked : whole, asked, border, column: question.targets[0] },
    ...{ method: chosen, made },
  });
  const shaped = await withShapes(graph, whole);
  const { classes, input, graph: read } = whole;
  const told = {
    ...(JSON.parse(read.metadata.sightline || '{}') as object),
    ...{ classes, layout: input.layout },
    ...(input.normalisedBy && { normalisation: input.normalisation }),
    explanation: {
      ...{ method: chosen.name, options: optionsInWords(options) },
      ...{ ...(wanted && { target: publicly(wanted) }), seed },
    },
  };
  const [image, ...others] = shaped.inputs;
  return {
    ...shaped,
    inputs: [{ ...image!, doc: takenText(whole.input) }, ...others],
    name: chosen.name,
    metadata: { sightline: JSON.stringify(told) },
  };
}

/** The graph with the shapes of its outputs, which a run of one image tells. */
async function withShapes(graph: Graph, { engine, input }: Classifier): Promise<Graph> {
  const program = await engine.compile(graph);
  try {
    const found = await program.run({
      [graph.inputs[0]!.name]: float32(new Float32Array(sizeOf(input.shape)), [1, ...input.shape]),
      ...(graph.inputs.length > 1 && { [graph.inputs[1]!.name]: int64([0]) }),
    });
    const outputs = graph.outputs.map((value) => ({
      ...value,
      shape: ['N', ...found[value.name]!.shape.slice(1)],
    }));
    return { ...graph, outputs };
  } finally {
    await program.dispose();
  }
}
