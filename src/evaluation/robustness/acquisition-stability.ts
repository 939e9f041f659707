import { choice } from '../../base/options.js';
import { warp } from '../../model/training/augment/affine.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric, type Scored, undefinedScore } from '../metric/metric.js';
import { similarityOf, similarityOption } from '../metric/similarity.js';
import { type Acquisition, acquisitionNames, acquisitions, inverseOf, isInside } from './acquisition.js';
import { explainInputs, inputOf, robustness } from './neighbours.js';

export const acquisitionStability = metric({
  ...robustness,
  name: 'acquisition-stability',
  doc: 'The mean similarity of the map with those of the image acquired otherwise: exposure (10 %), gamma (1.25), noise (2 %), blur (1 pixel), shift (2 %) and rotation (5 degrees). A map is moved back before it is compared, where both images show the pixel.',
  options: {
    change: choice(['all', ...acquisitionNames], {
      doc: 'the changes of the image',
      default: 'all',
    }),
    similarity: similarityOption('spearman'),
  },
  direction: 'higher',
  range: [-1, 1],
  async score(scored, { change, similarity }) {
    const chosen = acquisitions.filter(({ name }) => change === 'all' || name === change);
    const { own, others } = await explainInputs(
      scored,
      chosen.map((one) => acquired(scored, one)),
    );
    const found = others
      .map(({ map }, i) => compared(own, map, chosen[i]!, similarity))
      .filter((value) => !Number.isNaN(value));
    return found.length === 0
      ? undefinedScore('every map of a changed image is flat')
      : { value: found.reduce((a, b) => a + b, 0) / found.length };
  },
});

/** The sample's input, acquired otherwise: changed as an image in [0, 1]. */
function acquired(scored: Scored, { apply }: Acquisition): Tensor {
  const { data, shape } = inputOf(scored);
  const { mean, std } = scored.model?.input.normalisation ?? { mean: [], std: [] };
  const area = data.length / shape[1]!;
  const image = data.map((v, i) => {
    const channel = Math.floor(i / area);
    return v * (std[channel] ?? 1) + (mean[channel] ?? 0);
  });
  const changed = apply({ data: image, shape: shape.slice(1) }, scored.seed);
  const normalised = changed.data.map((v, i) => {
    const channel = Math.floor(i / area);
    return (v - (mean[channel] ?? 0)) / (std[channel] ?? 1);
  });
  return { data: normalised, shape };
}

function compared(
  own: Tensor,
  map: Tensor,
  { moves }: Acquisition,
  similarity: Parameters<typeof similarityOf>[2],
): number {
  if (!moves) return similarityOf(own, map, similarity);
  const size = own.shape as readonly [number, number];
  const back = inverseOf(moves({ height: size[0], width: size[1] }));
  const moved = warp({ data: map.data, shape: [1, ...size] }, back).data;
  const seen = (values: Float32Array) => values.map((v, p) => (isInside(back, p, size) ? v : 0));
  return similarityOf({ ...own, data: seen(own.data) }, { ...own, data: seen(moved) }, similarity);
}
