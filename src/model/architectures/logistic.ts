import { architecture } from './architecture.js';
import { dense, flatten } from './layers.js';

export const logistic = architecture({
  name: 'logistic',
  doc: 'One linear layer on the pixels: logistic regression, whose weights are its own explanation.',
  options: {},
  build: (net, image, classes) => dense(net, 'logits', flatten(net, 'pixels', image), classes),
});
