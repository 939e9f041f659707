import { cite } from '../../base/paper.js';
import { predict } from '../../model/predict.js';
import { sizeOf, zeros } from '../../tensor/tensor.js';
import { baselineFor, baselineOption } from '../input/baseline.js';
import { comparedOutputs, targetOutputs } from '../input/targets.js';
import { method } from '../method.js';
import { overDraws } from '../program/draws.js';
import { partsOf, segmentsOption } from './segments.js';

export const featureAblation = method({
  name: 'feature-ablation',
  family: 'perturbation',
  doc: 'What the target output loses when a part of the input is replaced by the baseline, at every value of that part.',
  paper: cite`Kokhlikyan, Miglani, Martin, et al. (2020). Captum: a unified and generic model interpretability library for PyTorch. arXiv:2009.07896`,
  options: {
    segments: segmentsOption,
    baseline: baselineOption('what stands for a part that is taken away'),
  },
  maps: 'input',
  async attribute({ model, input, targets, options, run, seed }) {
    const size = sizeOf(model.input.shape);
    const { parts, count } = partsOf(options.segments, model);
    const baseline = baselineFor(options.baseline, input, model, { seed });
    const whole = await predict(model, input, run);
    const full = targetOutputs(whole, targets);
    const compared = comparedOutputs(whole, await predict(model, baseline, run), targets);
    const losses = new Float32Array(targets.length * count);
    await overDraws({
      ...{ model, targets, run, draws: count, label: 'feature ablation' },
      vary(sample, part, row) {
        for (let i = 0, o = sample * size; i < size; i++, o++) {
          row[i] = (parts[i] === part ? baseline : input).data[o]!;
        }
      },
      ask: async (batch, of) => targetOutputs(await predict(model, batch, run), of),
      take(sample, part, [output]) {
        losses[sample * count + part] = full.data[sample]! - output!;
      },
    });
    const map = zeros(input.shape);
    for (let i = 0; i < map.data.length; i++) {
      map.data[i] = losses[Math.floor(i / size) * count + parts[i % size]!]!;
    }
    return { map, compared, evaluations: { forward: count + 1, backward: 0 } };
  },
});
