import { cite } from '../../base/paper.js';
import { distancesAt } from '../../tensor/distance.js';
import { metric } from '../metric/metric.js';
import { localisation, maskOf, signOption } from '../metric/shared.js';
import { indicesOf } from './pointing-game.js';
import { spacingIn, unitOption, withoutSpacing } from './unit.js';

export const pointingDistance = metric({
  ...localisation,
  name: 'pointing-distance',
  doc: "The distance from the map's maximum to the nearest pixel of the mask: 0 for a hit of the pointing game, which forgives a distance up to its tolerance.",
  paper: cite`Zhang, Bargal, Lin, Brandt, Shen, Sclaroff (2018). Top-down neural attention by excitation backprop. doi:10.1007/s11263-017-1059-x`,
  options: { sign: signOption('signed'), unit: unitOption },
  direction: 'lower',
  range: [0, Infinity],
  ties: 'the mean distance of the tied maxima',
  score(scored, { unit }) {
    const spacing = spacingIn(unit, scored);
    if (!spacing) return withoutSpacing;
    const maxima = indicesOf(scored.map.data, scored.reading.extent().high);
    const far = distancesAt(maxima, maskOf(scored), spacing);
    return { value: far.reduce((sum, one) => sum + one, 0) / far.length };
  },
});
