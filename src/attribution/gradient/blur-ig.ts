import { unsupported } from '../../base/errors.js';
import { integer, number } from '../../base/options.js';
import { predict } from '../../model/predict.js';
import { zeros } from '../../tensor/tensor.js';
import { gradient, inputPass } from '../backward.js';
import { baselineFor } from '../baseline-value.js';
import { overDraws } from '../draws.js';
import { method } from '../method.js';
import { completeness } from '../residual.js';

export const blurIg = method({
  name: 'blur-ig',
  family: 'gradient',
  doc: 'Integrated gradients along the path from a blurred image to the image, by the trapezoidal rule.',
  paper: {
    authors: 'Xu, Venugopalan, Sundararajan',
    year: 2020,
    title: 'Attribution in scale and space',
    id: 'arXiv:2004.03383',
  },
  options: {
    steps: integer({ doc: 'parts of the path', default: 50, min: 1, max: 10_000 }),
    sigma: number({
      doc: 'standard deviation of the strongest blur, in pixels; it falls evenly to 0',
      default: 50,
      min: 0.01,
      max: 1000,
    }),
  },
  maps: 'input',
  async attribute(request) {
    const { model, input, targets, options, run } = request;
    const { steps } = options;
    if (model.input.layout === 'other') {
      throw unsupported(`blur-ig blurs images; the model takes [N,${model.input.shape}]`);
    }
    const size = input.data.length / targets.length;
    const sampleOf = (sample: number) => ({
      data: input.data.subarray(sample * size, (sample + 1) * size),
      shape: [1, ...model.input.shape],
    });
    const recent = new Map<string, Float32Array>();
    const blurred = (sample: number, part: number): Float32Array => {
      const key = `${sample}/${part}`;
      const found = recent.get(key);
      if (found) return found;
      const sigma = (options.sigma * part) / steps;
      const { data } = baselineFor('blur', sampleOf(sample), model, { sigma });
      recent.set(key, data);
      if (recent.size > 4) recent.delete(recent.keys().next().value!);
      return data;
    };
    const map = zeros(input.shape);
    const ways = new Map<string, Float32Array>();
    await overDraws({
      model,
      targets,
      run,
      draws: steps + 1,
      label: 'blur-ig',
      vary(sample, part, row) {
        row.set(blurred(sample, part));
        const [sharper, duller] = [Math.max(0, part - 1), Math.min(steps, part + 1)];
        const from = blurred(sample, duller);
        ways.set(
          `${sample}/${part}`,
          blurred(sample, sharper).map((x, i) => (x - from[i]!) / 2),
        );
      },
      ask: (batch, of) => inputPass(request, { method: 'gradient', ruleFor: gradient }, batch, of),
      take(sample, part, row) {
        const way = ways.get(`${sample}/${part}`)!;
        ways.delete(`${sample}/${part}`);
        for (let i = 0; i < size; i++) map.data[sample * size + i]! += way[i]! * row[i]!;
      },
    });
    const start = zeros(input.shape);
    for (const sample of targets.keys()) start.data.set(blurred(sample, steps), sample * size);
    const [sharp, dull] = [await predict(model, input, run), await predict(model, start, run)];
    return {
      map,
      residual: completeness(map, sharp, dull, targets),
      evaluations: { forward: steps + 1, backward: steps + 1 },
    };
  },
});
