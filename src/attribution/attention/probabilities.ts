import { runRows } from '../../engine/run-rows.js';
import { extend } from '../../graph/builder.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { joined } from './map.js';
import { layersOf } from './transformer.js';

/** The attention of every layer and head, `[N, layers, heads, T, T]`. */
export async function probabilities({ model, input, run }: Request<unknown>): Promise<Tensor> {
  const layers = layersOf(model);
  const names = layers.map((_, i) => `sl.attention.${i}`);
  const program = await programOf(model, 'attention probabilities', () => {
    const builder = extend(model.graph);
    for (const [i, layer] of layers.entries()) {
      builder.alias(
        joined(builder, layer, (block) => block.probabilities),
        names[i]!,
      );
    }
    return builder.finish(
      model.graph.inputs,
      names.map((name) => ({ name, type: 'float32' })),
    );
  });
  const found = await runRows(program, { [model.input.name]: input }, batchSizeOf(model), run);
  const [count, ...matrices] = found[names[0]!]!.shape as [number, ...number[]];
  const out = zeros([count, layers.length, ...matrices]);
  const size = out.data.length / count / layers.length;
  for (const [i, name] of names.entries()) {
    for (let n = 0; n < count; n++) {
      const part = found[name]!.data.subarray(n * size, (n + 1) * size);
      out.data.set(part, (n * layers.length + i) * size);
    }
  }
  return out;
}
