import { usageError } from '../../base/errors.js';
import { checkOutput, writeWhole } from '../../base/files.js';
import { flag, integer, text } from '../../base/options.js';
import { differenceOf } from '../../export/check.js';
import { explanationGraph, exportable } from '../../export/export.js';
import { explanationPage } from '../../export/page.js';
import { writeOnnx } from '../../graph/write.js';
import { parseTarget } from '../../model/target.js';
import { command } from '../command.js';
import { modelFlags, modelFrom } from '../inputs.js';
import { targetDoc } from '../target-doc.js';

const { model: _model, ...flags } = modelFlags;

export const exportCommand = command({
  name: 'export',
  summary:
    'Writes a model with its explanation as one ONNX file: an image in, normalised as the model takes it; outputs, map and residual out. It runs wherever ONNX does.',
  positionals: [{ name: 'MODEL', doc: 'an ONNX classifier', required: true }],
  flags: {
    ...flags,
    method: text({ doc: `one of ${exportable().join(', ')}`, default: '' }),
    target: text({
      doc: `what is explained: ${targetDoc}; without it the file has an input target [N] of class indices`,
      default: '',
    }),
    out: text({ doc: 'the .onnx file to write; with --page the .html file', default: '' }),
    page: flag({
      doc: 'write a page (.html) that holds the model and runs it in a browser: drop an image, see prediction and map',
      default: false,
    }),
    seed: integer({ doc: 'of the noise that the file holds', default: 0, min: 0 }),
    json: flag({ doc: 'print what is known of the file as JSON', default: false }),
  },
  required: ['method', 'out'],
  takesOptions: 'key=value: an option of the method, any number of times; see sightline methods NAME',
  examples: [
    'sightline export model.onnx --method gradcam --out explained.onnx',
    'sightline export model.onnx --method gradcam --normalisation imagenet --page --out explained.html',
    'sightline export model.onnx --method lrp --target class:1 --option composite=epsilon-gamma-box --out explained.onnx',
  ],
  async run({ flags, options, positionals: [path = ''], print, run }) {
    const ending = flags.page ? '.html' : '.onnx';
    if (!flags.out.endsWith(ending))
      throw usageError(`--out got '${flags.out}'; it takes a file that ends in ${ending}`);
    const target = flags.target === '' ? undefined : parseTarget(flags.target);
    await checkOutput(flags.out, [path]);
    const model = await modelFrom({ ...flags, model: path }, run, { target });
    const settings = { ...(target && { target }), seed: flags.seed };
    const graph = await explanationGraph(model, flags.method, options, settings);
    const difference = await differenceOf(graph, model, flags.method, options, { ...settings, run });
    if (flags.page)
      await writeWhole(flags.out, explanationPage(graph, model, titleOf(flags.method, model.classes)));
    else await writeOnnx(flags.out, graph);
    if (flags.json) {
      const { out, method } = flags;
      const { inputs, outputs, opsets } = graph;
      const said = {
        out,
        method,
        target: flags.target || null,
        opset: opsets[''],
        inputs,
        outputs,
        difference,
      };
      return print(JSON.stringify(said, null, 2));
    }
    const shown = (values: typeof graph.inputs) =>
      values.map(({ name, shape }) => `${name} [${shape}]`).join(', ');
    print(
      `${flags.out}: ${flags.method} of ${flags.target || 'the class in input target'}, opset ${graph.opsets['']}`,
    );
    print(`in: ${shown(graph.inputs)}; out: ${shown(graph.outputs)}`);
    const [image] = graph.inputs;
    print(
      flags.page
        ? `the page gives the model images as it takes them: ${image!.doc}`
        : `${image!.name}: ${image!.doc}`,
    );
    print(`differs from attribute by at most ${difference.toExponential(1)} of the greatest value`);
  },
});

/** So many classes are named in a title. */
const NAMED = 6;

/** The title of a page. Not the file's name, which may identify a person. */
const titleOf = (method: string, classes: readonly string[]): string =>
  `${method} of a model of ${classes.length > NAMED ? `${classes.length} classes` : classes.join(', ')}`;
