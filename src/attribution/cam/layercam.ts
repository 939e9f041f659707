import { cite } from '../../base/paper.js';
import { camMethod, overChannels } from './cam.js';

export const layercam = camMethod({
  name: 'layercam',
  doc: "A layer's activations weighted by their own positive gradients.",
  paper: cite`Jiang, Zhang, Hou, Cheng, Wei (2021). LayerCAM: exploring hierarchical class activation maps for localization. doi:10.1109/TIP.2021.3089943`,
  weigh: (layer) => overChannels(layer, (i) => Math.max(0, layer.gradients[i]!) * layer.activations[i]!),
});
