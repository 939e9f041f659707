import { attribute } from '../attribution/attribute.js';
import type { GivenOptions } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import type { RunContext } from '../base/run.js';
import { float32, int64 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { type Classifier, classCount } from '../model/classifier.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import type { ExportSettings } from './export.js';

/**
 * The greatest difference between an exported graph's maps of two images of noise and those of `attribute`,
 * as a part of their greatest value.
 */
export async function differenceOf(
  graph: Graph,
  model: Classifier,
  method: string,
  options: GivenOptions,
  { target, seed, run }: ExportSettings & { readonly run: RunContext },
): Promise<number> {
  const random = seededRandom('export');
  const { shape } = model.input;
  const data = Float32Array.from({ length: 2 * sizeOf(shape) }, () => random.normal());
  const input = tensor(data, [2, ...shape]);
  const targets = [0, classCount(model) - 1];
  const wanted = await attribute(model, method, input, target ?? targets, options, { seed, run });
  const program = await model.engine.compile(graph);
  try {
    const { map } = await program.run({
      [graph.inputs[0]!.name]: float32(data, input.shape),
      ...(target === undefined && { [graph.inputs[1]!.name]: int64(targets) }),
    });
    return apart(map as Tensor, wanted.map);
  } finally {
    await program.dispose();
  }
}

function apart(found: Tensor, wanted: Tensor): number {
  let [most, worst] = [Number.MIN_VALUE, 0];
  for (const [i, value] of wanted.data.entries()) {
    most = Math.max(most, Math.abs(value));
    worst = Math.max(worst, Math.abs(found.data[i]! - value));
  }
  return worst / most;
}
