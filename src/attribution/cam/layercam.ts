import { cite } from '../../base/paper.js';
import { camMethod, channels } from './cam.js';

export const layercam = camMethod({
  name: 'layercam',
  doc: "A layer's activations weighted by their own positive gradients.",
  paper: cite`Jiang, Zhang, Hou, Cheng, Wei (2021). LayerCAM: exploring hierarchical class activation maps for localization. doi:10.1109/TIP.2021.3089943`,
  weigh: ({ reduce, mul, relu }, { activations, gradients }) =>
    reduce('ReduceSum', mul(relu(gradients), activations), channels),
});
