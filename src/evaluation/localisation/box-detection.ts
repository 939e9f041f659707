import { choice, integer, number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { metric } from '../metric/metric.js';
import { localisation, signOption } from '../metric/shared.js';
import { detectionOf } from './detection.js';
import { boxesOf, heatBoxes } from './heat-boxes.js';

export const boxDetection = metric({
  ...localisation,
  name: 'box-detection',
  doc: 'How well the boxes around the hot parts of the map find those around the parts of the mask: the average precision, boxes ranked by their maximum, or the mean sensitivity at 1/8 to 8 false boxes per image. Over many images: detectionOf.',
  paper: cite`Everingham, Van Gool, Williams, Winn, Zisserman (2010). The Pascal Visual Object Classes (VOC) challenge. doi:10.1007/s11263-009-0275-4`,
  options: {
    sign: signOption('positive'),
    overlap: number({
      doc: 'intersection over union from which a box is right',
      default: 0.3,
      min: 1e-9,
      max: 1,
    }),
    threshold: number({
      doc: "share of the map's maximum above which a part is hot",
      default: 0.5,
      min: 0,
      max: 1,
    }),
    least: integer({ doc: 'fewest pixels of a hot part', default: 1, min: 1 }),
    measure: choice(['average-precision', 'sensitivity'], {
      doc: 'average precision, or the mean sensitivity of the free-response curve (FROC)',
      default: 'average-precision',
    }),
  },
  reads: 'positive',
  ties: 'boxes of one score enter together',
  invariantTo: ['scale'],
  score(scored, { overlap, threshold, least, measure }) {
    const { high } = scored.reading.extent();
    const found = heatBoxes(scored.map, Math.min(threshold, 1 - 2 ** -22) * high, least);
    const annotated = boxesOf(scored.reading.parts(), scored.map);
    const { averagePrecision, meanSensitivity, froc } = detectionOf([{ found, annotated }], overlap);
    return { value: measure === 'average-precision' ? averagePrecision : meanSensitivity, curve: froc };
  },
});
