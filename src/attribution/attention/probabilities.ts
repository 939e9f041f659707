import { type Tensor, zeros } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { explained } from '../program/explain.js';
import { joined } from './map.js';
import { layersOf } from './transformer.js';

/** The attention of every layer and head, `[N, layers, heads, T, T]`. */
export async function probabilities({ model, input, run }: Request<unknown>): Promise<Tensor> {
  const layers = layersOf(model);
  const names = layers.map((_, i) => `sl.attention.${i}`);
  const found = await explained(model, {
    key: 'attention probabilities',
    program: () => ({
      outputs: (builder) =>
        Object.fromEntries(
          layers.map((layer, i) => [names[i]!, joined(builder, layer, (block) => block.probabilities)]),
        ),
    }),
    ...{ input, run },
  });
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
