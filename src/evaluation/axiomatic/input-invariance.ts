import { number } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import type { Classifier } from '../../model/classifier.js';
import { withShiftedInput } from '../../model/shift-input.js';
import { distance, norm } from '../../tensor/norm.js';
import { metric, undefinedScore } from '../metric/metric.js';
import { axiomatic } from './shared.js';

const shifted = new WeakMap<Classifier, Map<number, Classifier>>();

export const inputInvariance = metric({
  ...axiomatic,
  name: 'input-invariance',
  doc: 'The relative change of the map when a constant is added to the image and subtracted again inside the model, which leaves the function of the image as it was: 0 for a map that depends on this function alone.',
  paper: cite`Kindermans, Hooker, Adebayo, et al. (2019). The (un)reliability of saliency methods. arXiv:1711.00867`,
  options: { shift: number({ doc: 'constant that is added to the input', default: 1 }) },
  ties: 'there are none: distances are measured',
  needs: ['network', 'explain'],
  invariantTo: [],
  async score({ input, target, explain }, { shift }) {
    const { data, shape } = input!;
    const own = await explain!(input!, target!);
    const moved = { data: data.map((value) => value + shift), shape };
    const other = await explain!(moved, target!, (model) => shiftedBy(model, shift));
    const size = norm(own.data);
    return size === 0
      ? undefinedScore('the explanation of the input is 0 everywhere')
      : { value: distance(own, other) / size };
  },
});

function shiftedBy(model: Classifier, by: number): Classifier {
  const known = shifted.get(model) ?? new Map<number, Classifier>();
  shifted.set(model, known);
  const made = known.get(by) ?? withShiftedInput(model, by);
  known.set(by, made);
  return made;
}
