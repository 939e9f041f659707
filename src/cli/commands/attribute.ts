import { extname } from 'node:path';
import { attribute } from '../../attribution/attribute.js';
import { withBudget } from '../../attribution/budget.js';
import type { Gathered } from '../../attribution/gathered.js';
import { meanInWords } from '../../attribution/input/targets.js';
import { attributeInputs } from '../../attribution/several-inputs.js';
import { SightlineError, speakingOf, unsupported, usageError } from '../../base/errors.js';
import { checkOutput } from '../../base/files.js';
import {
  choice,
  flag,
  type GivenOptions,
  integer,
  type OptionValues,
  optional,
  optionsInWords,
  text,
} from '../../base/options.js';
import { readTuned } from '../../benchmark/tuned.js';
import { exportFigure } from '../../figures/export.js';
import { readOnnx } from '../../graph/read.js';
import { type Head, headInWords } from '../../model/head.js';
import { parseTarget } from '../../model/target.js';
import { writeNpy } from '../../tensor/npy.js';
import { extent } from '../../tensor/quantile.js';
import { type Call, command } from '../command.js';
import { engineFrom } from '../engine-flags.js';
import { fitFlags } from '../fit.js';
import { givenPixels, list, loadOptions, modelAndInput, modelFlags, targetsFor } from '../inputs.js';
import { mapsFigure, pictureFormats } from '../picture.js';
import { namedInputs, readInputs, words } from '../several-inputs.js';
import { targetDoc } from '../target-doc.js';

const attributeFlags = {
  ...modelFlags,
  ...fitFlags,
  input: words({
    doc: 'a batch [N, ...] as .npy, or an image, DICOM or NIfTI file; of a model of several inputs name=value for each, a .npy file, an image or numbers',
  }),
  axes: choice(['zyx', 'xyz'], {
    doc: "the order of a volume's axes in the model's input: slices first, or as nibabel and MONAI read NIfTI files",
    default: 'zyx',
  }),
  hold: words({ doc: 'an input that keeps its value and gets no map, where the model has several' }),
  targets: list({ doc: "class indices of the model's raw output, one per sample or one for all" }),
  target: text({
    doc: `any number, instead of --targets: ${targetDoc}`,
    default: '',
  }),
  method: text({ doc: 'see sightline methods', default: '' }),
  out: text({
    doc: 'the .npy file to write; or a picture of the map over its image (of a volume projections, or slices in .html): .png, .svg, .pdf or .html',
    default: '',
  }),
  seed: integer({ doc: 'of everything random', default: 0, min: 0 }),
  budget: optional(
    integer({
      doc: 'model evaluations for one sample, for methods that draw samples or take steps',
      default: 0,
      min: 1,
      max: 10_000_000,
    }),
  ),
  tuned: optional(
    text({
      doc: 'a file of options that sightline tune chose (tuned.json); --option overrides them',
      default: '',
    }),
  ),
  json: flag({ doc: 'print what is known of the maps as JSON', default: false }),
};

type Flags = OptionValues<typeof attributeFlags>;

export const attributeCommand = command({
  name: 'attribute',
  summary:
    'Explains a model on a batch of inputs by one method and writes the signed map, or a picture of it.',
  flags: attributeFlags,
  required: ['model', 'input', 'method', 'out'],
  oneOf: ['targets', 'target'],
  takesOptions: 'key=value: an option of the method, any number of times; see sightline methods NAME',
  examples: [
    'sightline attribute --model model.onnx --input x.npy --targets 0,1 --method integrated-gradients --option steps=32 --out map.npy',
    'sightline attribute --model model.onnx --input chest.dcm --targets 1 --method gradcam --out map.npy',
    'sightline attribute --model unet.onnx --input x.npy --target region:1@predicted --method gradient --out map.npy',
    'sightline attribute --model model.onnx --input image=chest.png --normalisation zero-one --input age=63 --hold age --targets 1 --method gradcam --out map.npy',
    'sightline attribute --model model.onnx --input chest.dcm --targets 1 --method gradcam --out map.png',
    'sightline attribute --model volumes.onnx --input scan.nii.gz --normalisation zero-one --targets 1 --method gradcam --out map.png',
  ],
  async run({ flags, options, print, warn, run }) {
    const ending = extname(flags.out).toLowerCase();
    if (!['.npy', ...pictureFormats].includes(ending))
      throw usageError(
        `--out got '${flags.out}'; it takes a file that ends in .npy, or a picture in ${pictureFormats.join(', ')}`,
      );
    const target = questionOf(flags);
    const several = namedInputs(flags.input, flags.hold);
    await checkOutput(flags.out, [flags.model, ...Object.values(several ?? flags.input)]);
    if (several) return attributeSeveral({ flags, options, print, warn, run }, several);
    const [path = ''] = flags.input;
    const { model, input } = await modelAndInput(flags, path, { run, warn }, { target, axes: flags.axes });
    const wanted = target ?? targetsFor(flags.targets, input);
    const { seed } = flags;
    const spent = await optionsOf(flags, options);
    const made = await attribute(model, flags.method, input, wanted, spent, { seed, run }).catch(
      refusedOf(flags.model),
    );
    const { map, notes } = made;
    if (made.flaws.infinite.length > 0)
      throw unsupported(`${flags.model}: ${flags.method}: ${notes.join('; ')}`);
    if (ending === '.npy') await writeNpy(flags.out, map);
    else await exportFigure(mapsFigure({ model, method: flags.method, input, map, ending }), flags.out);
    const pixels = givenPixels(model.input, path);
    const { shape } = map;
    if (flags.json) print(JSON.stringify({ out: flags.out, shape, pixels, ...toldOf(made, model.head) }));
    else {
      print(`${flags.out}: ${flags.method}, [${shape}]`);
      if (pixels) print(pixels);
      for (const line of linesOf(made, model.head)) print(line);
    }
    for (const note of notes) warn(`${flags.method}: ${note}`);
  },
});

/** Explains a model of several inputs: a file for each map, `map.NAME.npy` where there are several. */
async function attributeSeveral(
  { flags, options, print, warn, run }: Pick<Call<Flags>, 'flags' | 'options' | 'print' | 'warn' | 'run'>,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  if (!flags.out.endsWith('.npy'))
    throw usageError(`--out got '${flags.out}'; maps of several inputs are written as .npy`);
  const target = questionOf(flags);
  const engine = await engineFrom(flags, run);
  const graph = await readOnnx(flags.model);
  const loading = loadOptions(flags);
  const { maps, explained, head } = await attributeInputs(
    graph,
    await readInputs(given, graph, { ...loading, fit: flags.fit }, { run, warn }),
    { ...loading, name: flags.model, engine, hold: flags.hold, target },
    flags.method,
    target ?? flags.targets,
    await optionsOf(flags, options),
    { seed: flags.seed, run },
  ).catch(refusedOf(flags.model));
  const written = Object.entries(maps).map(([name, map]) => ({
    ...{ name, map },
    out: Object.keys(maps).length === 1 ? flags.out : flags.out.replace(/\.npy$/, `.${name}.npy`),
  }));
  if (written.some(({ map }) => map.data.some((value) => !Number.isFinite(value))))
    throw unsupported(`${flags.model}: ${flags.method}: ${explained.notes.join('; ')}`);
  for (const { out, map } of written) await writeNpy(out, map);
  const shown = written.map(({ name, out, map }) => ({ input: name, out, shape: map.shape }));
  if (flags.json) print(JSON.stringify({ maps: shown, ...toldOf(explained, head) }));
  else {
    for (const { input, out, shape } of shown) print(`${out}: ${flags.method} of ${input}, [${shape}]`);
    for (const line of linesOf(explained, head, ' over all inputs')) print(line);
  }
  for (const note of explained.notes) warn(`${flags.method}: ${note}`);
}

/** A method's refusal of a network, with the file that holds it. */
const refusedOf =
  (path: string) =>
  (error: unknown): never => {
    const isRefusal = error instanceof SightlineError && error.kind === 'unsupported';
    if (isRefusal && !error.message.startsWith(path)) speakingOf(path)(error);
    throw error;
  };

/** The method's options: the tuned ones, those that are given, and the budget's. */
async function optionsOf({ method, tuned: path, budget }: Flags, given: GivenOptions) {
  const tuned = path === undefined ? undefined : await readTuned(path);
  if (tuned && !(method in tuned.options))
    throw usageError(
      `${path} has no options for ${method}; it has them for ${Object.keys(tuned.options).join(', ')}`,
    );
  return withBudget(method, { ...tuned?.options[method], ...given }, budget);
}

/** The target that the flags state; nothing where they list classes. Throws where they state none or both. */
function questionOf({ target, targets }: { readonly target: string; readonly targets: readonly number[] }) {
  if ((target === '') === (targets.length === 0))
    throw usageError('give --targets (class indices) or --target (any number, such as region:1@predicted)');
  return target === '' ? undefined : parseTarget(target);
}

/** All that is known of maps but their values; classes where they, and no other number, were asked for. */
const toldOf = (
  { made, layer, compared, residual, convergence, evaluations, notes }: Gathered,
  head: Head,
) => ({
  ...{ ...made, options: optionsInWords(made.options), head: headInWords(head, made.target) },
  targets: made.target === undefined ? made.targets : undefined,
  ...{ layer, compared, residual, convergence, evaluations, notes },
});

function* linesOf({ layer, made, compared, residual, convergence }: Gathered, head: Head, over = '') {
  if (made.target !== undefined) yield `explained is ${made.target}`;
  if (layer !== undefined) yield `looks at layer '${layer}'`;
  if (!head.plain) yield headInWords(head, made.target);
  if (compared) {
    const mean = meanInWords(compared);
    yield `output at the baseline: ${compared.baseline.map((y) => y.toPrecision(3)).join(', ')}${mean && ` (${mean})`}`;
  }
  if (residual) yield `completeness residual${over}: ${residual.map((r) => r.toPrecision(3)).join(', ')}`;
  if (!convergence) return;
  const greatest = convergence.map(({ errors }) => errors && extent(errors).high.toPrecision(3));
  if (greatest.some(Boolean)) yield `greatest standard error of a segment: ${bySample(greatest)}`;
  // Halves that disagree tell nothing of the whole.
  const stabilities = convergence.map(({ stability }) =>
    stability < 0 ? 'not known, as its two halves correlate below 0' : stability.toFixed(3),
  );
  yield `correlation expected with the map of another seed: ${bySample(stabilities)}`;
}

/** Numbers of samples, each with the sample that it is of where there are several. */
const bySample = (values: readonly (string | undefined)[]): string =>
  values
    .flatMap((value, i) => (value === undefined ? [] : values.length > 1 ? `${value} (sample ${i})` : value))
    .join(', ');
