import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { information, informationScore } from './information.js';

export const sic = metric({
  ...information,
  name: 'sic',
  doc: "Softmax information curve: the area under the target's probability, from that of the blurred image (0) to that of the image (1), against the share of the image's information (the entropy of the differences between neighbours) that is shown, the map's greatest pixels first.",
  paper: cite`Kapishnikov, Bolukbasi, Viégas, Terry (2019). XRAI: better attributions through regions. arXiv:1906.02825`,
  score: (scored, options) =>
    informationScore(scored, options, ({ quantity }) => {
      const [none, all] = [quantity[0]!, quantity.at(-1)!];
      return all > none
        ? quantity.map((value) => (value - none) / (all - none))
        : `the baseline's ${options.quantity} is not below that of the image`;
    }),
});
