import type { Classifier } from '../../model/classifier.js';
import { reduceChannels } from '../../tensor/reduce.js';
import { resizeBilinear } from '../../tensor/resize.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A method's map as one channel at the input's resolution, `[N, 1, H, W]`: channels are summed, smaller maps resized. */
export function atInputSize(map: Tensor, { input }: Classifier): Tensor {
  const [count, ...sample] = map.shape;
  if (input.layout === 'NHWC' && sample.join() === input.shape.join()) {
    return reduceChannels(channelsSecond(map));
  }
  const [height, width] = input.layout === 'NHWC' ? input.shape : input.shape.slice(1);
  const one = reduceChannels({ data: map.data, shape: [count!, ...sample] });
  return one.shape[2] === height && one.shape[3] === width ? one : resizeBilinear(one, height!, width!);
}

function channelsSecond({ data, shape }: Tensor): Tensor {
  const [count, height, width, channels] = shape as [number, number, number, number];
  const area = height * width;
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    out[(Math.floor(pixel / area) * channels + (i % channels)) * area + (pixel % area)] = data[i]!;
  }
  return { data: out, shape: [count, channels, height, width] };
}
