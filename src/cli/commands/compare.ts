import { usageError } from '../../base/errors.js';
import { checkOutput, writeWhole } from '../../base/files.js';
import { choice, flag, integer, optional, text } from '../../base/options.js';
import { type Comparison, compareRuns, undefinedRules } from '../../benchmark/compare.js';
import { agreementFigure } from '../../figures/agreement.js';
import { criticalDifferenceSvg } from '../../figures/critical-difference.js';
import { exportFigure } from '../../figures/export.js';
import { rankAgreement } from '../../ground-truth/agreement.js';
import { areEnough } from '../../statistics/patients.js';
import { powerText } from '../../statistics/power.js';
import { command } from '../command.js';
import { textTable } from '../wrap.js';

export const compareCommand = command({
  name: 'compare',
  summary:
    'Ranks the methods of finished runs by one metric, with rank tests, intervals and a critical-difference diagram.',
  positionals: [
    {
      name: 'RUN',
      doc: 'folders of finished benchmarks; the patients of several runs are pooled',
      required: true,
      many: true,
    },
  ],
  flags: {
    metric: optional(text({ doc: "the metric that ranks; the runs' first by default", default: '' })),
    methods: optional(
      text({ doc: 'methods to rank, separated by commas; all that every run has by default', default: '' }),
    ),
    agreement: flag({
      doc: 'says instead how far the folders place methods alike (Kendall); a folder may also be a ground-truth suite or one of its problems',
      default: false,
    }),
    undefined: choice(undefinedRules, {
      doc: 'what an undefined score counts as: its patient is left out for all methods, or it is the worst score of all',
      default: 'left-out',
    }),
    out: optional(text({ doc: 'writes the diagram to this .svg file', default: '' })),
    seed: integer({ doc: 'of the resampling of patients', default: 0, min: 0 }),
    json: flag({ doc: 'print JSON', default: false }),
  },
  examples: [
    'sightline compare outputs/quickstart',
    'sightline compare outputs/bccd-0 outputs/bccd-1 --metric pointing-game --out outputs/ranks.svg',
    'sightline compare --agreement outputs/gt outputs/bccd outputs/idrid --metric relevance-rank --out outputs/agreement.svg',
  ],
  async run({ flags, positionals, print }) {
    const { metric, methods, out, seed } = flags;
    if (out !== undefined && !out.endsWith('.svg'))
      throw usageError(`--out: '${out}' is no .svg file; the diagram is written as SVG`);
    if (out !== undefined) await checkOutput(out);
    if (flags.agreement) return showAgreement(positionals, flags, print);
    const compared = await compareRuns(positionals, {
      ...(metric !== undefined && { metric }),
      ...(methods !== undefined && { methods: methods.split(',') }),
      undefinedAs: flags.undefined,
      seed,
    });
    if (out !== undefined)
      await writeWhole(out, criticalDifferenceSvg({ ...compared, title: titleOf(compared) }));
    if (flags.json) return print(JSON.stringify(compared, null, 2));
    for (const line of comparisonLines(compared)) print(line);
    if (out !== undefined) print(`diagram: ${out}`);
  },
});

async function showAgreement(
  folders: readonly string[],
  {
    metric,
    out,
    json,
  }: { readonly metric?: string | undefined; readonly out?: string | undefined; readonly json: boolean },
  print: (line: string) => void,
): Promise<void> {
  if (folders.length < 2 || metric === undefined)
    throw usageError('--agreement takes two folders or more, and --metric');
  const { placed, pairs } = await rankAgreement(folders, metric);
  const names = placed.map(({ name }) => name);
  const tau = (a: string, b: string) =>
    a === b ? 1 : pairs.find((one) => (one.a === a && one.b === b) || (one.a === b && one.b === a))!.tau;
  const taus = names.map((a) => names.map((b) => tau(a, b)));
  if (out !== undefined)
    await exportFigure(agreementFigure({ metrics: names, taus }, { title: `Ranks by ${metric}` }), out);
  if (json)
    return print(
      JSON.stringify(
        { metric, placed: placed.map((one) => ({ ...one, ranks: Object.fromEntries(one.ranks) })), pairs },
        null,
        2,
      ),
    );
  const methods = [...new Set(placed.flatMap(({ ranks }) => [...ranks.keys()]))];
  const rows = methods.map((method) => [
    method,
    ...placed.map(({ ranks }) => ranks.get(method)?.toFixed(1) ?? ''),
  ]);
  for (const line of textTable(['mean rank', ...names], rows)) print(line);
  print('');
  const told = pairs.map(({ a, b, tau: found, p, methods: count }) => [
    a,
    b,
    found.toFixed(2),
    small(p),
    String(count),
  ]);
  for (const line of textTable(['', '', "Kendall's tau", 'p', 'methods'], told)) print(line);
  if (out !== undefined) print(`diagram: ${out}`);
}

const titleOf = ({ metric, subjects, runs }: Comparison) =>
  `Mean ranks by ${metric}, ${subjects} patients of ${runs.join(', ')}`;

const small = (p: number) => (p < 0.001 ? '<0.001' : p.toFixed(3));

function comparisonLines(compared: Comparison): string[] {
  const { methods, test, metric, direction, subjects, undefined: holed, undefinedAs } = compared;
  const [best] = methods;
  const alike = methods.slice(1).filter(({ rank }) => rank - best!.rank <= compared.criticalDifference);
  const counted =
    holed === 0
      ? ''
      : `; ${holed} with an undefined score ${undefinedAs === 'worst' ? 'counted as the worst of all' : 'left out'}`;
  const unclear = methods.slice(1).filter(({ p }) => p >= 0.05);
  const heads = [
    'method',
    `${metric}${direction === 'higher' ? ' ↑' : ' ↓'}`,
    'mean rank',
    'place',
    'p',
    'effect',
    'patients needed',
  ];
  return [
    ...compared.cautions,
    `${titleOf(compared)}${counted}`,
    '',
    ...textTable(
      heads,
      methods.map(({ method, mean, rank, low, high, p, effect, needed }, i) => [
        method,
        mean.toFixed(3),
        rank.toFixed(2),
        Number.isNaN(low) ? 'unknown' : `${round(low)} to ${round(high)}`,
        i === 0 ? '' : small(p),
        i === 0 ? '' : effect.toFixed(2),
        needed === null ? '' : String(needed),
      ]),
    ),
    '',
    `place: 95 % interval among the ${methods.length} methods${areEnough(subjects) ? '' : `, unknown as ${subjects} patients are too few to resample`}; p: against ${best!.method}, Wilcoxon's test by Holm's correction; effect: rank-biserial correlation; patients needed: to tell the two apart in four of five studies of them alone`,
    `Friedman's test: p ${small(test.p)}; Iman and Davenport's: p ${small(test.fP)}; agreement of patients (Kendall's W): ${test.w.toFixed(2)}`,
    `critical difference of mean ranks at 5 % (Nemenyi): ${compared.criticalDifference.toFixed(2)}; not told from ${best!.method}: ${alike.map(({ method }) => method).join(', ') || 'none'}`,
    ...compared.notes,
    ...unclear
      .slice(0, 3)
      .map(({ method, needed }) => powerText(subjects, 'patients', best!.method, method, needed)),
  ];
}

const round = (value: number) => String(Math.round(value * 10) / 10);
