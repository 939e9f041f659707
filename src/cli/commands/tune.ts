import { join } from 'node:path';
import { methods as registry } from '../../attribution/index.js';
import { kebabCase, lookUp } from '../../base/names.js';
import { flag, text } from '../../base/options.js';
import { chanceText, shownNumber } from '../../benchmark/conclusions.js';
import { chosenMethods, chosenMetrics } from '../../benchmark/plan.js';
import { tuneOptions } from '../../benchmark/tune/options.js';
import { bestOf, type Trial, type Tuning, tune } from '../../benchmark/tune/tune.js';
import type { Setting } from '../../benchmark/tuned.js';
import { metrics } from '../../evaluation/index.js';
import { command } from '../command.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { normalisationFlags, normalisationFrom } from '../normalisation-flags.js';
import { textTable } from '../wrap.js';

const { trials, normalisation: _, ...ofImages } = tuneOptions;

export const tuneCommand = command({
  name: 'tune',
  summary:
    'Searches the options of methods by a metric on validation images, with equally many trials for each method.',
  positionals: [
    {
      name: 'METHOD',
      doc: 'methods to search, by name; their declared options and values are drawn at random',
      required: true,
      many: true,
    },
  ],
  flags: {
    metric: text({ doc: 'see sightline metrics', default: '' }),
    trials,
    data: text({ doc: 'the folder of a prepared set; its validation images are explained', default: '' }),
    model: text({ doc: 'an ONNX classifier of its task', default: '' }),
    out: text({
      doc: "the search's folder; an interrupted one resumes there, and tuned.json holds what it chose",
      default: '',
    }),
    ...ofImages,
    ...normalisationFlags,
    ...engineFlags,
    json: flag({ doc: 'print what tuned.json holds', default: false }),
  },
  required: ['metric', 'data', 'model', 'out'],
  examples: [
    'sightline tune lime --metric relevance-rank --trials 20 --data outputs/quickstart/prepared --model outputs/quickstart/model.onnx --out outputs/lime',
    'sightline tune lime rise --metric deletion --trials 10 --budget 256 --data outputs/quickstart/prepared --model outputs/quickstart/model.onnx --out outputs/both',
  ],
  async run({ flags, positionals, print, run }) {
    const { data, model, out } = flags;
    lookUp(metrics, flags.metric, 'metric');
    for (const name of positionals) lookUp(registry, name, 'method');
    const [metric] = chosenMetrics(flags.metric, flags);
    const methods = chosenMethods(positionals);
    const options = { ...flags, normalisation: normalisationFrom(flags).normalisation };
    const engine = await engineFrom(flags, run);
    const found = await tune({ methods, metric: metric!, data, model, options, out }, engine, run);
    if (flags.json) return print(JSON.stringify(found, null, 2));
    for (const line of linesOf(found)) print(line);
    print(`options: ${join(out, 'tuned.json')}`);
  },
});

function* linesOf({ metric, direction, images, tried, chance }: Tuning) {
  if (chance !== undefined)
    yield `${chanceText(chance, 'validation')}. Where it has not, no options make a map show why it decides.`;
  yield `${metric}, ${direction} is better: means over ${images} validation images`;
  yield* textTable(
    ['method', 'trials', 'usual', 'best', 'evaluations', 'with'],
    Object.entries(tried).map(([method, trials]) => {
      const best = bestOf(trials, direction);
      const spent = `${best.forward} + ${best.backward}`;
      return [
        method,
        String(trials.length),
        score(trials[0]!),
        score(best),
        spent,
        best.mean === null ? '-' : inWords(best.options),
      ];
    }),
  );
  for (const [method, trials] of Object.entries(tried)) {
    const reasons = new Set(trials.flatMap(({ why, failed }) => why ?? failed ?? []));
    if (trials.every(({ mean }) => mean === null))
      yield `${method}: nothing is chosen, as no trial has a score: ${[...reasons].join('; ')}`;
  }
}

const score = ({ mean, undefined: left }: Trial) =>
  mean === null ? 'undefined' : `${shownNumber(mean)}${left > 0 ? ` (${left} undefined)` : ''}`;

const inWords = (setting: Setting) =>
  Object.entries(setting)
    .map(([name, value]) => `${kebabCase(name)}=${value}`)
    .join(' ') || 'the usual options';
