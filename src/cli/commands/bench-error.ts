import { extname } from 'node:path';
import { attribute } from '../../attribution/attribute.js';
import { withBudget } from '../../attribution/budget.js';
import { methodOf } from '../../attribution/index.js';
import { usageError } from '../../base/errors.js';
import { flag, integer, text } from '../../base/options.js';
import { curvesFigure, type Series } from '../../figures/curves.js';
import { exportFigure } from '../../figures/export.js';
import { rows } from '../../tensor/tensor.js';
import { command } from '../command.js';
import { fitFlags } from '../fit.js';
import { list, modelAndInput, modelFlags, targetsFor } from '../inputs.js';
import { pictureFormats } from '../picture.js';

/** How much greater than the largest budget that of the map is which stands for the limit. */
const beyond = 16;
/** Methods whose limit is the exact Shapley value. */
const shapley: readonly string[] = ['kernel-shap', 'shapley-sampling'];

export const benchErrorCommand = command({
  name: 'bench-error',
  summary:
    'Measures how far the maps of methods that draw are from their limit, against the number of model evaluations.',
  flags: {
    ...modelFlags,
    ...fitFlags,
    input: text({
      doc: 'a batch [N, ...] as .npy, or an image or DICOM file; the first sample counts',
      default: '',
    }),
    targets: list({ doc: "class indices of the model's raw output, one per sample or one for all" }),
    methods: text({ doc: 'methods that take a budget, with commas between', default: '' }),
    segments: text({ doc: 'the segments of the methods that take them', default: '3,3' }),
    budgets: list({ doc: 'numbers of model evaluations' }),
    seeds: integer({ doc: 'seeds, from 0 on, whose errors are averaged', default: 5, min: 1, max: 1000 }),
    out: text({ doc: 'the picture to write: .png, .svg, .pdf or .html', default: '' }),
    json: flag({ doc: 'print JSON', default: false }),
  },
  required: ['model', 'input', 'targets', 'methods', 'budgets'],
  examples: [
    'sightline bench-error --model model.onnx --input x.npy --targets 1 --methods kernel-shap,lime --budgets 40,80,160 --out error.svg',
  ],
  async run({ flags, print, warn, run }) {
    if (flags.out && !pictureFormats.includes(extname(flags.out).toLowerCase()))
      throw usageError(`--out got '${flags.out}'; it takes a picture in ${pictureFormats.join(', ')}`);
    const { model, input } = await modelAndInput(flags, flags.input, { run, warn });
    const one = rows(input, 0, 1);
    const targets = targetsFor(flags.targets, one);
    const budgets = flags.budgets.map((budget) => {
      if (Number.isInteger(budget) && budget >= 4) return budget;
      throw usageError(`--budgets got ${budget}; it takes whole numbers of at least 4`);
    });
    const map = async (method: string, budget: number | undefined, seed: number) => {
      const segments = 'segments' in methodOf(method).options ? { segments: flags.segments } : {};
      const options = withBudget(method, segments, budget);
      return (await attribute(model, method, one, targets, options, { seed, run })).map.data;
    };
    const series: Series[] = [];
    for (const method of flags.methods.split(',')) {
      const limit = shapley.includes(method)
        ? await map('shapley-exact', undefined, 0)
        : await map(method, beyond * Math.max(...budgets), flags.seeds);
      const y: number[] = [];
      for (const budget of budgets) {
        let sum = 0;
        for (let seed = 0; seed < flags.seeds; seed++)
          sum += distance(await map(method, budget, seed), limit);
        y.push(sum / flags.seeds);
      }
      series.push({ name: method, x: budgets, y });
      if (!flags.json)
        print(`${method}: ${budgets.map((budget, i) => `${budget} ${y[i]!.toPrecision(3)}`).join(', ')}`);
    }
    const labels = {
      x: 'model evaluations',
      y: 'relative error',
      title: 'Distance to the limit of each method',
    };
    if (flags.json)
      print(
        JSON.stringify(
          { budgets, errors: Object.fromEntries(series.map(({ name, y }) => [name, y])) },
          null,
          2,
        ),
      );
    if (flags.out) await exportFigure(curvesFigure(series, { ...labels, log: 'both' }), flags.out);
  },
});

/** The distance of a map to its limit, as a fraction of the limit's size. */
function distance(map: Float32Array, limit: Float32Array): number {
  let [apart, size] = [0, 0];
  for (const [i, value] of limit.entries()) {
    apart += (map[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(apart / size);
}
