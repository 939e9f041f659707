import { predictFromLayer } from '../attribution/cam/from-layer.js';
import { gradient, runPass } from '../attribution/program/backward.js';
import { oneHot } from '../attribution/program/explain.js';
import { usageError } from '../base/errors.js';
import { quietly, type RunContext } from '../base/run.js';
import { type Classifier, classCount } from '../model/classifier.js';
import { unknownLayer } from '../model/unknown-layer.js';
import { concatenate, type Tensor, toFloat32 } from '../tensor/tensor.js';

/** A value computed by a node of the model, by the name that methods take as `layer`. */
export interface Layer {
  /** The value's ONNX name. */
  readonly layer: string;
  /** The operator that computes it. */
  readonly operator: string;
  /** Its shape at batch 1. */
  readonly shape: readonly number[];
}

/** All values that the model computes between its input and its output. */
export const layers = (model: Classifier): Layer[] =>
  model.graph.nodes.flatMap(({ op, outputs }) =>
    outputs.flatMap((layer) => {
      const shape = model.shapes.get(layer)?.dims;
      return shape ? [{ layer, operator: op, shape }] : [];
    }),
  );

/**
 * A layer's values for a batch `[N, ...]`, and the gradient of each row's target output with respect to them;
 * both have the layer's shape. Throws for an unknown layer.
 */
export async function layerGradient(
  model: Classifier,
  input: Tensor,
  targets: readonly number[],
  layer: string,
  run: RunContext = quietly,
): Promise<{ readonly values: Tensor; readonly gradient: Tensor }> {
  if (!model.shapes.has(layer)) throw unknownLayer(model, layer, [...model.shapes.keys()]);
  const pass = { method: 'gradient', ruleFor: gradient, wrt: [layer], also: [layer] };
  const seed = oneHot(targets, classCount(model));
  const { values, quantities } = await runPass(model, pass, input, seed, run);
  return { values: values[layer]!, gradient: quantities[layer]! };
}

/**
 * The raw outputs `[M, K]` when the layer's values are replaced by `values` `[M, ...]`; all other paths see
 * `input` `[1, ...]`. Throws for an unknown layer, or values of another shape.
 */
export async function outputFromLayer(
  model: Classifier,
  layer: string,
  values: Tensor,
  input: Tensor,
  run: RunContext = quietly,
): Promise<Tensor> {
  const known = model.shapes.get(layer);
  if (!known) throw unknownLayer(model, layer, [...model.shapes.keys()]);
  const [count = 0, ...shape] = values.shape;
  if (known.batchAxis !== 0 || shape.join() !== known.dims.slice(1).join()) {
    throw usageError(
      `the values have shape [${values.shape}]; layer '${layer}' has [N,${known.dims.slice(1)}]`,
    );
  }
  const inputs = concatenate(Array<Tensor>(count).fill(input));
  return toFloat32(await predictFromLayer(model, layer, values, inputs, run));
}
