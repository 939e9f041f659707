import { SightlineError, usageError } from '../../base/errors.js';
import { listed, lookUp } from '../../base/names.js';
import { integer, text } from '../../base/options.js';
import { metrics, scoreArrays } from '../../evaluation/index.js';
import { headInWords } from '../../model/head.js';
import { readNpy } from '../../tensor/npy.js';
import { command } from '../command.js';
import { fitFlags } from '../fit.js';
import { givenPixels, list, modelAndInput, modelFlags, targetsFor } from '../inputs.js';
import { cutOfMasks, readMasks } from '../masks.js';
import { oneExplained } from '../one-explained.js';
import { namedInputs, words } from '../several-inputs.js';

/** The flags that a metric's needs are given by. */
const needed = [
  { by: 'mask', flag: 'mask' },
  { by: 'model', flag: 'model' },
  { by: 'model', flag: 'input' },
  { by: 'model', flag: 'targets' },
  { by: 'anatomy', flag: 'anatomy' },
  { by: 'body', flag: 'body' },
  { by: 'artefacts', flag: 'artefacts' },
] as const;

export const scoreCommand = command({
  name: 'score',
  summary: 'Scores maps by one metric, against masks or with a model, and prints JSON.',
  flags: {
    map: text({
      doc: 'maps as .npy: [H, W], [N, H, W], or [N, C, H, W] or [N, H, W, C], whose channels are summed',
      default: '',
    }),
    mask: text({
      doc: `masks as .npy, or one as a picture, of the same height and width: 0, and one positive number (1, 255); ${cutOfMasks}`,
      default: '',
    }),
    anatomy: text({
      doc: 'masks as --mask takes, of what can hold the finding, such as the lungs, for metrics that need them',
      default: '',
    }),
    body: text({ doc: 'such masks of the body, for such metrics', default: '' }),
    artefacts: text({ doc: 'such masks of text, markers and devices, for such metrics', default: '' }),
    spacing: text({
      doc: 'millimetres from one pixel to the next, down and across (0.14,0.14), for distances',
      default: '',
    }),
    metric: text({ doc: 'see sightline metrics', default: '' }),
    ...modelFlags,
    layout: {
      ...modelFlags.layout,
      doc: "the layout of maps, and of the model's input where its graph does not state one",
    },
    ...fitFlags,
    model: text({ doc: 'an ONNX classifier, for metrics that need a model', default: '' }),
    input: words({
      doc: "the model's inputs, for such metrics: .npy, image or DICOM; of a model of several inputs name=value for each, as attribute takes them",
    }),
    hold: words({
      doc: 'an input that keeps its value: all but the one of the maps, where there are several',
    }),
    targets: list({ doc: 'the class indices that the maps explain, for such metrics' }),
    seed: integer({ doc: 'of everything random', default: 0, min: 0 }),
  },
  required: ['map', 'metric'],
  takesOptions: 'key=value: an option of the metric, any number of times; see sightline metrics NAME',
  examples: [
    'sightline score --map map.npy --mask mask.npy --metric pointing-game',
    'sightline score --map map.npy --metric deletion --model model.onnx --input x.npy --targets 0,1 --option steps=20',
    'sightline score --map map.npy --metric deletion --model model.onnx --input image=x.npy --input age=63 --hold age --targets 1',
  ],
  async run({ flags, options, print, warn, run }) {
    const { name, needs } = lookUp(metrics, flags.metric, 'metric');
    if (needs.includes('explain'))
      throw usageError(
        `metric ${name} explains images anew, and a map does not say how it was made: score() of what explain() made takes it in a notebook`,
      );
    const lacking = needed.filter(({ by, flag }) => needs.includes(by) && flags[flag].length === 0);
    if (lacking.length > 0)
      throw usageError(`metric ${name} needs ${listed(lacking.map(({ flag }) => `--${flag}`))}`);
    const map = await readNpy(flags.map);
    const several = namedInputs(flags.input, flags.hold);
    const [path = ''] = flags.input;
    const modelAnd = async (given: typeof flags) => {
      if (several) return oneExplained(given, several, { run, warn });
      const { model, input } = await modelAndInput(given, path, { run, warn });
      return { models: Array<typeof model>(input.shape[0]!).fill(model), input };
    };
    // Where the model's graph states another layout, the flag speaks of the maps alone.
    const ofMaps = (error: unknown) =>
      error instanceof SightlineError && error.named.includes('layout')
        ? modelAnd({ ...flags, layout: 'auto' })
        : Promise.reject(error);
    const cuts: string[] = [];
    const telling = { warn, note: (cut: string) => void cuts.push(cut) };
    const read = async (path: string) => (path === '' ? undefined : readMasks(path, telling));
    const mask = await read(flags.mask);
    const asked =
      flags.model !== '' && flags.input.length > 0 ? await modelAnd(flags).catch(ofMaps) : undefined;
    const targets = asked && targetsFor(flags.targets, asked.input);
    const arrays = {
      ...{ map, mask, ...asked, targets, seed: flags.seed, run },
      layout: flags.layout === 'auto' ? undefined : flags.layout,
      anatomy: await read(flags.anatomy),
      body: await read(flags.body),
      artefacts: await read(flags.artefacts),
      ...(flags.spacing !== '' && { spacing: spacingOf(flags.spacing) }),
    };
    const { notes, ...scores } = await scoreArrays(name, arrays, options);
    const model = asked?.models[0];
    const head = needs.includes('model') && model ? { head: headInWords(model.head) } : {};
    const said = [...cuts, ...notes.map(({ index, note }) => `${name}: map ${index}: ${note}`)];
    print(JSON.stringify({ ...scores, ...head, ...(said.length > 0 && { notes: said }) }));
    const pixels = model && !several && givenPixels(model.input, path);
    if (pixels) warn(pixels);
    for (const one of said) warn(one);
  },
});

function spacingOf(given: string): readonly [number, number] {
  const [down, across, ...more] = given.split(',').map(Number);
  if (down === undefined || across === undefined || more.length > 0 || !(down > 0 && across > 0))
    throw usageError(
      `--spacing takes two positive numbers, down and across, such as 0.14,0.14; got '${given}'`,
    );
  return [down, across];
}
