import { number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { range } from '../../graph/shapes.js';
import { pearson } from '../../tensor/correlation.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { method } from '../method.js';
import { camGraph, camOptions, channels, finish, layerMaps, type Weighing } from './cam.js';

/** A map that correlates less than this with the paper's is told of. */
const ALIKE = 0.999;

/**
 * alpha = g^2 / (2 g^2 + g^3 sum A + epsilon); the weight of a channel is the sum of alpha max(g, 0). The
 * paper has no epsilon; pytorch-grad-cam, with which the default's maps agree, has 1e-6.
 */
export const gradcamPlusPlus = method({
  name: 'gradcam++',
  family: 'cam',
  doc: 'Grad-CAM with positions weighted by second and third powers of the gradient.',
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  options: {
    ...camOptions,
    epsilon: number({
      doc: "added to what divides the weights: 1e-6 as in pytorch-grad-cam, with which gradients far below 0.001 weigh by their third power; 0 for the paper's form",
      default: 1e-6,
      min: 0,
    }),
  },
  maps: 'spatial',
  async attribute(request) {
    const { epsilon } = request.options;
    const weighings = { map: weighing(epsilon), paper: weighing(0) };
    const { map, paper } = await layerMaps(request, `gradcam++ ${epsilon}`, weighings);
    const made = finish(map, request, { forward: 1, backward: 1 });
    return { ...made, sampleNotes: onEpsilon(epsilon, map, paper) };
  },
  graph: (asked) => camGraph(asked, weighing(asked.options.epsilon)),
});

/** The weights by an epsilon; without one a square of the gradient is reduced from the fraction. */
const weighing =
  (epsilon: number): Weighing =>
  ({ reduce, relu, mul, add, div }, { activations, gradients, positions }) => {
    const total = reduce('ReduceSum', activations, positions);
    const slope = relu(gradients);
    const square = mul(slope, slope);
    const cube = mul(square, slope);
    const parts =
      epsilon === 0
        ? div(slope, add(mul(slope, total), 2))
        : div(cube, add(add(mul(2, square), mul(cube, total)), epsilon));
    const weight = reduce('ReduceSum', parts, positions);
    return reduce('ReduceSum', mul(weight, activations), channels);
  };

/** The note that epsilon makes maps that differ from the paper's. */
function onEpsilon(epsilon: number, map: Tensor, paper: Tensor): readonly string[] {
  const row = (of: Tensor, i: number) => rows(of, i, i + 1).data;
  const differs = (i: number) => pearson(row(map, i), row(paper, i)) < ALIKE;
  if (!range(map.shape[0]!).some(differs)) return [];
  return [
    `the gradients are so small that the epsilon of ${epsilon} changes the map (it correlates at less than ${ALIKE} with that of the paper's form, which option epsilon=0 gives)`,
  ];
}
