import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';

/**
 * alpha = g^2 / (2 g^2 + g^3 sum A + 1e-6); the weight of a channel is the sum of alpha max(g, 0). The paper
 * has no 1e-6: pytorch-grad-cam, with which the maps agree, has it.
 */
export const gradcamPlusPlus = camMethod({
  name: 'gradcam++',
  doc: 'Grad-CAM with positions weighted by second and third powers of the gradient; as in pytorch-grad-cam, 1e-6 is added to what divides them, so that gradients far below 0.001 weigh by their third power.',
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  weigh({ reduce, relu, mul, add, div }, { activations, gradients, positions }) {
    const total = reduce('ReduceSum', activations, positions);
    const slope = relu(gradients);
    const square = mul(slope, slope);
    const cube = mul(square, slope);
    const below = add(add(mul(2, square), mul(cube, total)), 1e-6);
    const weight = reduce('ReduceSum', div(cube, below), positions);
    return reduce('ReduceSum', mul(weight, activations), channels);
  },
});
