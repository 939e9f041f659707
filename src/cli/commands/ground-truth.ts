import { join } from 'node:path';
import { usageError } from '../../base/errors.js';
import { writeWhole } from '../../base/files.js';
import { withFolder } from '../../base/lock.js';
import { choice, flag, integer, optional, text } from '../../base/options.js';
import { benchmarkOptions } from '../../benchmark/plan.js';
import { definitions } from '../../ground-truth/definitions/definition.js';
import { countsOf, importanceIn } from '../../ground-truth/importance.js';
import { suiteHtml } from '../../ground-truth/report.js';
import { enrichmentOf, runSuite } from '../../ground-truth/run.js';
import { writeKit } from '../../ground-truth/submission/kit.js';
import { suiteScores } from '../../ground-truth/suite-score.js';
import {
  chosenScenarios,
  type Scenario,
  type SuiteName,
  scenariosOf,
  suites,
} from '../../ground-truth/suites.js';
import { cellsOf, countings } from '../../ground-truth/summary.js';
import { command } from '../command.js';
import { engineFlags, engineFrom } from '../engine-flags.js';
import { ownProblems, ownSuite } from '../submissions.js';
import { textTable } from '../wrap.js';

const names = Object.keys(suites) as readonly SuiteName[];

const methods =
  'gradient,input-x-gradient,integrated-gradients,smoothgrad,lrp,deeplift,kernel-shap,occlusion,activation-pattern,patternnet,patternattribution,pattern-local,random,sobel,input';

/** What suites score with, unless they are asked for others; exact transport is for small images. */
const metricsOf = (suite: SuiteName) =>
  `${suite === 'clinical' ? 'relevance-rank' : 'emd-score'},precision,relevance-inside-weight,deletion`;

export const groundTruthCommand = command({
  name: 'ground-truth',
  summary:
    'Scores methods on problems whose important pixels are known by construction, over several models; an interrupted suite resumes.',
  flags: {
    suite: choice(names, { doc: 'the problems and models', default: 'quick' }),
    only: optional(text({ doc: 'some problems of the suite by name, separated by commas', default: '' })),
    seeds: integer({ doc: 'models of each problem', min: 1, max: 100, default: 5 }),
    explain: integer({ doc: 'most test images of a model to explain', min: 1, max: 100000, default: 16 }),
    methods: text({
      doc: 'methods by name, separated by commas; all, or all but some',
      default: methods,
    }),
    metrics: optional(
      text({
        doc: `metrics by name, separated by commas; ${metricsOf('quick')} by default, or ${metricsOf('clinical')} for the suite clinical`,
        default: '',
      }),
    ),
    precision: benchmarkOptions.precision,
    target: optional(
      text({
        doc: "what of the models is explained, such as class:1-0, the difference of two outputs, on images of class 1; by default the output of each image's own class",
        default: '',
      }),
    ),
    radiographs: optional(
      text({
        doc: 'the folder of the data set cxr-lungs; the suite clinical then has its lesions in radiographs too',
        default: '',
      }),
    ),
    ...engineFlags,
    json: flag({ doc: 'print what results.json holds', default: false }),
    out: text({ doc: "the suite's folder", default: '' }),
    problem: text({
      doc: "files of problems of your own (.npz), separated by commas, in place of the suite's",
      default: '',
    }),
    kit: text({
      doc: 'a folder for what another program needs to enter a method: images, models, targets, known pixels; and the results as submissions',
      default: '',
    }),
    withoutMasks: flag({ doc: 'whether the kit keeps the known pixels back', default: false }),
  },
  required: ['out'],
  examples: [
    'sightline ground-truth --suite quick --seeds 5 --out outputs/gt',
    'sightline ground-truth --problem mine.npz --seeds 3 --kit outputs/kit --out outputs/mine',
    'sightline ground-truth --suite xai-tris --seeds 5 --explain 64 --out outputs/xai-tris',
    'sightline ground-truth --suite clinical --radiographs path/to/cxr-lungs --out outputs/clinical',
  ],
  async run({ flags, print, run }) {
    const { out, json, problem, kit, withoutMasks, radiographs, only, ...rest } = flags;
    const settings = { ...rest, metrics: flags.metrics ?? metricsOf(flags.suite) };
    if (kit !== '' && flags.target !== undefined)
      throw usageError(
        `--target got '${flags.target}'; with --kit the output of each image's class is explained`,
      );
    const own = await ownProblems(problem);
    const suite = own.length > 0 ? ownSuite : flags.suite;
    const scenarios: readonly Scenario[] =
      own.length > 0 ? own : chosenScenarios(scenariosOf(flags.suite, radiographs), only);
    const engine = await engineFrom(flags, run);
    await withFolder(out, async () => {
      const results = await runSuite(scenarios, settings, out, engine, run);
      const cells = cellsOf(results);
      const importance = [];
      for (const scenario of scenarios)
        importance.push({ problem: scenario.name, ...(await importanceIn(scenario, out, run)) });
      const counts = importance.map((one) => ({
        problem: one.problem,
        images: one.images,
        definitions: definitions.map(({ name }) => ({ definition: name, ...countsOf(one, name) })),
      }));
      const overall = countings.flatMap((counting) =>
        ['precision', 'emd-score'].flatMap((metric) =>
          suiteScores(results, metric, counting).map((score) => ({ metric, counting, ...score })),
        ),
      );
      const others = { all: cellsOf(results, 'all'), changed: cellsOf(results, 'changed') };
      const text = JSON.stringify({ suite, definitions: counts, cells, ...others, overall }, null, 1);
      await writeWhole(join(out, 'results.json'), `${text}\n`);
      await writeWhole(join(out, 'report.html'), await suiteHtml(suite, results, importance, flags.target));
      if (kit !== '') {
        const request = { suite, results, settings, withoutMasks, drawn: join(out, 'data') };
        await withFolder(kit, () => writeKit(kit, request, engine, run));
      }
      if (json) return print(text);
      const shown = [enrichmentOf('cause'), enrichmentOf('suppressor')];
      const rows = cells
        .filter(({ metric, models }) => shown.includes(metric) && models > 0)
        .map(({ scenario, method, metric, mean, models, images }) => [
          ...[scenario, method, metric, mean.toFixed(3)],
          ...[String(models), String(images)],
        ]);
      for (const line of textTable(['problem', 'method', 'score', 'mean', 'models', 'images'], rows))
        print(line);
      print('images: explained ones of all models that count, where all models of the problem are right');
      print(`report: ${join(out, 'report.html')}`);
      if (kit !== '') print(`kit: ${kit}`);
    });
  },
});
