// node environment/zoo/check.cjs OUT [PATTERN ...]: explains the networks that export.py wrote to OUT, and
// prints a row of Markdown for each, with what their own framework says beside what Sightline finds.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const dist = join(__dirname, '..', '..', 'dist');
const { attribute, loadClassifier, openEngine } = require(dist);
const { layerOf } = require(join(dist, 'model', 'maps', 'layer.js'));
const { tokenAttention } = require(join(dist, 'model', 'maps', 'entry.js'));
const { layersOf } = require(join(dist, 'attribution', 'attention', 'transformer.js'));
const { borderOf } = require(join(dist, 'model', 'input', 'border.js'));
const { parseNpy } = require(join(dist, 'tensor', 'npy.js'));

const [out, ...patterns] = process.argv.slice(2);
const array = (folder, file) => parseNpy(readFileSync(join(folder, file)), file);

/** Relative L2 distance. */
function distance(a, b) {
  let [difference, size] = [0, 0];
  for (const [i, value] of b.entries()) {
    difference += (a[i] - value) ** 2;
    size += value ** 2;
  }
  return a.length === b.length ? Math.sqrt(difference / size) : Number.NaN;
}

const small = (value) => (Number.isFinite(value) ? value.toExponential(0) : 'not finite');
const line = (error) => String(error.message).split('\n')[0];

/** The cell that `make` gives, or the line with which it is refused, without the file's place. */
async function cell(make) {
  try {
    return await make();
  } catch (error) {
    return error.kind === undefined
      ? `FAULT ${error.stack}`
      : `refused: ${line(error).replace(/^\S*\.onnx: /, '')}`;
  }
}

async function check(folder, file, engine) {
  const facts = JSON.parse(readFileSync(join(folder, 'facts.json'), 'utf8'));
  const input = array(folder, 'x.npy');
  const load = (precision) => loadClassifier(join(folder, file), { engine, precision, output: facts.output });
  const model = await load('auto');
  const explain = (method, options, by = model) => attribute(by, method, input, [facts.target], options);
  const prefix = file === 'model.onnx' ? '' : 'quantised-';
  const gradient = array(folder, `${prefix}gradient.npy`).data;

  const slope = await cell(async () => {
    const single = distance((await explain('gradient')).map.data, gradient);
    if (single <= 1e-5 || prefix !== '') return `${small(single)} (${model.precision})`;
    const { map } = await explain('gradient', {}, await load('float64'));
    const inDouble = distance(map.data, gradient);
    return `${small(inDouble)} (float64; ${small(single)} in float32)${inDouble > 1e-5 ? byDifferences(map) : ''}`;
  });
  /** How far the slope along a direction is from central differences of the network, and of its file, in double. */
  function byDifferences(map) {
    const along = array(folder, 'along.npy').data;
    const slope = map.data.reduce((sum, value, i) => sum + value * along[i], 0);
    const left = (by) => small(Math.abs(slope / facts.slope[by] - 1));
    return `; ${left('network')} from the network's own differences, ${left('file')} from the file's`;
  }
  const layer = await cell(async () => {
    const { value } = layerOf(borderOf(model).model, '');
    const shape = `[${model.shapes.get(value)?.dims}]`;
    const { data } = (await explain('gradcam', { relu: false, upsample: 'none' })).map;
    const files = readdirSync(folder).filter((name) => new RegExp(`^${prefix}cam\\d+\\.npy$`).test(name));
    const errors = files.map((name) => distance(data, array(folder, name).data));
    if (errors.length === 0) return `? \`${value}\` ${shape}`;
    return `${errors.some((e) => e < 1e-3) ? 'yes' : `NO (${errors.map(small)})`} \`${value}\` ${shape}`;
  });
  const residual = (method) =>
    cell(async () => {
      const { map, residual: left } = await explain(method);
      const sum = map.data.reduce((a, b) => a + b, 0) + left[0];
      return `${small(left[0])} of ${small(sum)}${map.data.every(Number.isFinite) ? '' : ' NOT FINITE'}`;
    });
  const blocks = tokenAttention(model).flat().length;
  const found = `${blocks} of ${facts.attention}`;
  // Where not all are found, every attention method has to be refused.
  const attention =
    blocks === facts.attention
      ? found
      : `${found}; ${await cell(() => `rollout of ${layersOf(model).length} NOT REFUSED`)}`;
  return [slope, layer, await residual('lrp'), await residual('deeplift'), attention];
}

async function main() {
  const engine = await openEngine('cpu');
  console.log(
    '| network | gradient | Grad-CAM layer | LRP residual | DeepLIFT residual | attention blocks |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const name of readdirSync(out).sort()) {
    const folder = join(out, name);
    if (
      !existsSync(join(folder, 'facts.json')) ||
      !(patterns.length === 0 || patterns.some((p) => name.includes(p)))
    )
      continue;
    for (const file of ['model.onnx', 'quantised.onnx']) {
      if (!existsSync(join(folder, file))) continue;
      const row = await cell(() => check(folder, file, engine));
      const cells = Array.isArray(row) ? row : [row];
      console.log(`| ${name}${file === 'model.onnx' ? '' : ', quantised'} | ${cells.join(' | ')} |`);
    }
  }
  await engine.dispose();
}

main();
