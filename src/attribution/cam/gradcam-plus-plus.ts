import { cite } from '../../base/paper.js';
import { camMethod, overPositions, weighted } from './cam.js';

/** alpha = g^2 / (2 g^2 + g^3 sum A); the weight of a channel is the sum of alpha max(g, 0). */
export const gradcamPlusPlus = camMethod({
  name: 'gradcam++',
  doc: 'Grad-CAM with positions weighted by second and third powers of the gradient.',
  paper: cite`Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. arXiv:1710.11063`,
  weigh(layer) {
    return weighted(layer, (c) => {
      const total = overPositions(layer, c, (i) => layer.activations[i]!);
      return overPositions(layer, c, (i) => {
        const g = layer.gradients[i]!;
        return g > 0 ? (g * g * g) / (2 * g * g + g * g * g * total + 1e-6) : 0;
      });
    });
  },
});
