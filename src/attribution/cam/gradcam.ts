import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';

export const gradcam = camMethod({
  name: 'gradcam',
  doc: "A layer's activations weighted by the mean gradient of each channel.",
  paper: cite`Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra (2017). Grad-CAM: visual explanations from deep networks via gradient-based localization. arXiv:1610.02391`,
  weigh: (b, { activations, gradients, positions }) => {
    const weights = b.reduce('ReduceMean', gradients, positions);
    const size = b.mul(b.reduce('ReduceMean', b.abs(gradients), positions), ROUNDING);
    const kept = b.where(b.greater(b.abs(weights), size), weights, b.mul(weights, 0));
    return b.reduce('ReduceSum', b.mul(kept, activations), channels);
  },
});

/**
 * A mean of less than this part of the gradients' magnitudes is their rounding error: before a normalisation
 * of each map, say, gradients cancel.
 */
const ROUNDING = 1e-6;
