import { camMethod, overPositions, weighted } from './cam.js';

export const gradcam = camMethod({
  name: 'gradcam',
  doc: "A layer's activations weighted by the mean gradient of each channel.",
  paper: {
    authors: 'Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra',
    year: 2017,
    title: 'Grad-CAM: visual explanations from deep networks via gradient-based localization',
    id: 'arXiv:1610.02391',
  },
  weigh(layer) {
    const area = layer.height * layer.width;
    return weighted(layer, (c) => overPositions(layer, c, (i) => layer.gradients[i]!) / area);
  },
});
