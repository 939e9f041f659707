import { integer, number } from '../../base/options.js';
import { architecture } from './architecture.js';
import { dense, dropout, flatten, relu } from './layers.js';

export const mlp = architecture({
  name: 'mlp',
  doc: 'A multilayer perceptron on the pixels: linear layers with ReLU between them.',
  options: {
    width: integer({ doc: 'units of each hidden layer', min: 1, max: 65536, default: 128 }),
    depth: integer({ doc: 'hidden layers', min: 1, max: 16, default: 2 }),
    dropout: number({ doc: 'share of hidden units dropped in training', min: 0, max: 0.95, default: 0 }),
  },
  build(net, image, classes, options) {
    let feature = flatten(net, 'pixels', image);
    for (let layer = 1; layer <= options.depth; layer++) {
      const hidden = dense(net, `hidden${layer}`, feature, options.width, 'he');
      feature = dropout(net, `dropout${layer}`, relu(net, `relu${layer}`, hidden), options.dropout);
    }
    return dense(net, 'logits', feature, classes);
  },
});
