import { cite } from '../../base/paper.js';
import type { Classifier } from '../../model/classifier.js';
import { withMirroredInput } from '../../model/mirror-input.js';
import { norm } from '../../tensor/norm.js';
import type { Tensor } from '../../tensor/tensor.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { axiomatic } from './shared.js';

const made = new WeakMap<Classifier, Classifier>();

export const symmetry = metric({
  ...axiomatic,
  name: 'symmetry',
  doc: 'How much the attributions of equal pixels differ that the model treats as one: the model is changed to read the mean of an image and its mirror image, and the image is made the same as its mirror image. The norm of the difference of the map from its mirror image, over twice the norm of the map: 0 for a symmetric method.',
  paper: cite`Sundararajan, Taly, Yan (2017). Axiomatic attribution for deep networks. arXiv:1703.01365`,
  options: {},
  range: [0, 1],
  ties: 'there are none: distances are measured',
  needs: ['network', 'explain'],
  invariantTo: ['scale', 'shift', 'monotone'],
  async score({ input, target, explain }) {
    const { data, shape } = input!;
    const other = mirrored(input!);
    const image = { data: data.map((value, i) => (value + other.data[i]!) / 2), shape };
    const map = await explain!(image, target!, mirroredModel);
    const size = norm(map.data);
    const turned = mirrored(map).data;
    return size === 0
      ? undefinedScore('the map of the symmetric image is 0 everywhere')
      : { value: norm(map.data.map((value, p) => value - turned[p]!)) / (2 * size) };
  },
});

/** Rows reversed, of any number of leading axes. */
export function mirrored({ data, shape }: Tensor): Tensor {
  const width = shape.at(-1)!;
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = data[i - 2 * (i % width) + width - 1]!;
  return { data: out, shape };
}

/** The same changed model each time that it is asked for, so that its programs are kept. */
function mirroredModel(model: Classifier): Classifier {
  const found = made.get(model) ?? withMirroredInput(model);
  made.set(model, found);
  return found;
}
