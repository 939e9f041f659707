import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';

export const gradcam = camMethod({
  name: 'gradcam',
  doc: "A layer's activations weighted by the mean gradient of each channel.",
  paper: cite`Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra (2017). Grad-CAM: visual explanations from deep networks via gradient-based localization. arXiv:1610.02391`,
  weigh: ({ reduce, mul }, { activations, gradients, positions }) =>
    reduce('ReduceSum', mul(reduce('ReduceMean', gradients, positions), activations), channels),
});
