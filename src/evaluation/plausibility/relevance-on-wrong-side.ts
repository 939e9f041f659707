import { metric, undefinedScore } from '../metric/metric.js';
import { maskOf, signOption, undefinedFor } from '../metric/shared.js';
import { plausibility, relevanceMass, shareOn } from './shared.js';

export const relevanceOnWrongSide = metric({
  ...plausibility,
  name: 'relevance-on-wrong-side',
  doc: "The share of the map's sum in the half of the image, left or right, where the finding is not; undefined where it crosses the middle.",
  paper: relevanceMass,
  options: { sign: signOption('positive') },
  undefinedFor,
  needs: ['mask'],
  score(scored) {
    const { data, shape } = maskOf(scored);
    const width = shape[1]!;
    const half = new Uint8Array(data.length);
    let [left, right] = [false, false];
    for (let p = 0; p < data.length; p++) {
      // The middle column of an odd width belongs to neither side.
      const side = Math.sign(2 * (p % width) - width + 1);
      half[p] = side < 0 ? 1 : 0;
      if (data[p] === 1 && side < 0) left = true;
      if (data[p] === 1 && side > 0) right = true;
    }
    if (left === right) return undefinedScore('the finding is on both sides of the middle');
    const wrong = left ? half.map((one, p) => (2 * (p % width) - width + 1 > 0 ? 1 - one : 0)) : half;
    return shareOn(scored.map, { data: wrong, shape });
  },
});
