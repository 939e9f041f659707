import { unsupported } from '../../base/errors.js';
import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { information, informationScore } from './information.js';

export const aic = metric({
  ...information,
  name: 'aic',
  doc: "Accuracy information curve: the share of the image's information (the entropy of the differences between neighbours), the map's greatest pixels first, over which the target is the predicted class (of independent labels: likelier than not), once it has been.",
  paper: cite`Kapishnikov, Bolukbasi, Viégas, Terry (2019). XRAI: better attributions through regions. arXiv:1906.02825`,
  score(scored, options) {
    if (scored.model?.head.link === 'none')
      throw unsupported('what is explained is a quantity: none of its values is a class');
    return informationScore(scored, options, ({ predicted }) => {
      const right = predicted();
      return right[0]
        ? 'the baseline is predicted as the target: there is nothing to gain'
        : right.map((one) => (one ? 1 : 0));
    });
  },
});
