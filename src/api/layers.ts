import { predictFromLayer } from '../attribution/cam/from-layer.js';
import { gradient, runPass } from '../attribution/program/backward.js';
import { oneHot } from '../attribution/program/explain.js';
import { usageError } from '../base/errors.js';
import { unknownName } from '../base/names.js';
import { quietly, type RunContext } from '../base/run.js';
import { type Classifier, classCount } from '../model/classifier.js';
import { concatenate, type Tensor } from '../tensor/tensor.js';

/** A value that a node of the model makes: what methods take as a layer. */
export interface Layer {
  readonly layer: string;
  readonly operator: string;
  /** At batch 1. */
  readonly shape: readonly number[];
}

/** Every value that the model computes on the way from its input to its output, by its ONNX name. */
export const layers = (model: Classifier): Layer[] =>
  model.graph.nodes.flatMap(({ op, outputs }) =>
    outputs.flatMap((layer) => {
      const shape = model.shapes.get(layer)?.dims;
      return shape ? [{ layer, operator: op, shape }] : [];
    }),
  );

/** A layer's values for `input` `[N, ...]`, and the gradient of each row's target output by them. */
export async function layerGradient(
  model: Classifier,
  input: Tensor,
  targets: readonly number[],
  layer: string,
  run: RunContext = quietly,
): Promise<{ readonly values: Tensor; readonly gradient: Tensor }> {
  if (!model.shapes.has(layer)) throw unknownName([...model.shapes.keys()], layer, 'layer');
  const pass = { method: 'gradient', ruleFor: gradient, wrt: [layer], also: [layer] };
  const seed = oneHot(targets, classCount(model));
  const { values, quantities } = await runPass(model, pass, input, seed, run);
  return { values: values[layer]!, gradient: quantities[layer]! };
}

/**
 * The raw outputs `[M, K]` where a layer has the given values `[M, ...]` instead of those of `input` `[1, ...]`. What goes
 * around the layer sees `input`. Throws where the values have another shape than the layer.
 */
export async function outputFromLayer(
  model: Classifier,
  layer: string,
  values: Tensor,
  input: Tensor,
  run: RunContext = quietly,
): Promise<Tensor> {
  const known = model.shapes.get(layer);
  if (!known) throw unknownName([...model.shapes.keys()], layer, 'layer');
  const [count = 0, ...shape] = values.shape;
  if (known.batchAxis !== 0 || shape.join() !== known.dims.slice(1).join()) {
    throw usageError(
      `the values have shape [${values.shape}]; layer '${layer}' has [N,${known.dims.slice(1)}]`,
    );
  }
  return predictFromLayer(model, layer, values, concatenate(Array<Tensor>(count).fill(input)), run);
}
