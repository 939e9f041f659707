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
const { placesOf } = require(join(dist, 'model', 'classifier.js'));
const { placedBy } = require(join(dist, 'model', 'maps', 'view.js'));
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

/** The places of an image along one axis, counted in cells of a map, where it is resized plainly. */
const plainly = (cells, length) => Array.from({ length }, (_, p) => ((p + 0.5) * cells) / length - 0.5);

/** A map `[h, w]` by bilinear interpolation at the places of rows and columns, counted in its cells; 0 at NaN. */
function bilinear({ data, shape }, rows, columns) {
  const clamped = (i, axis) => Math.min(Math.max(i, 0), shape[axis] - 1);
  const cell = (i, j) => data[clamped(i, 0) * shape[1] + clamped(j, 1)];
  const at = (y, x) => {
    const [i, j] = [Math.floor(y), Math.floor(x)];
    const along = (row) => cell(row, j) + (x - j) * (cell(row, j + 1) - cell(row, j));
    return Number.isNaN(y + x) ? 0 : along(i) + (y - i) * (along(i + 1) - along(i));
  };
  return rows.flatMap((y) => columns.map((x) => at(y, x)));
}

/** Where the centres of the first and the last cell lie along an axis, in pixels. */
function centres(places, cells) {
  const seen = [...places.keys()].filter((p) => !Number.isNaN(places[p]));
  const [first, last] = [seen[0], seen.at(-1)];
  const step = (last - first) / (places[last] - places[first]);
  const at = (cell) => Number((first + 0.5 + (cell - places[first]) * step).toFixed(2));
  return `${at(0)} to ${at(cells - 1)}`;
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
  const files = readdirSync(folder).filter((name) => new RegExp(`^${prefix}cam\\d+\\.npy$`).test(name));
  const cams = files.map((name) => array(folder, name));
  const layer = await cell(async () => {
    const { value } = layerOf(borderOf(model).model, '');
    const shape = `[${model.shapes.get(value)?.dims}]`;
    const { data } = (await explain('gradcam', { relu: false, upsample: 'none' })).map;
    const errors = cams.map((cam) => distance(data, cam.data));
    if (errors.length === 0) return `? \`${value}\` ${shape}`;
    return `${errors.some((e) => e < 1e-3) ? 'yes' : `NO (${errors.map(small)})`} \`${value}\` ${shape}`;
  });
  const overImage = await cell(async () => {
    if (layer.startsWith('refused')) return 'refused';
    const inner = borderOf(model).model;
    const { view } = placedBy(inner, layerOf(inner, ''));
    const { data } = (await explain('gradcam', { relu: false })).map;
    const found = cams.map((cam) => {
      const plain = cam.shape.map((cells, axis) => plainly(cells, placesOf(inner)[axis]));
      const stated = view?.map((sight, axis) => [...sight].map((at) => at * cam.shape[axis] - 0.5)) ?? plain;
      const [error, left] = [plain, stated].map((places) => distance(data, bilinear(cam, ...places)));
      const said = (places) => places.map((along, axis) => centres(along, cam.shape[axis])).join(', ');
      const why = `; ${small(left)} with cells at ${said(stated)} px as stated, plainly at ${said(plain)}`;
      return { error, cell: small(error) + (error > 1e-3 ? why : '') };
    });
    return found.sort((a, b) => a.error - b.error)[0]?.cell ?? '?';
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
  return [slope, layer, overImage, await residual('lrp'), await residual('deeplift'), attention];
}

async function main() {
  const engine = await openEngine('cpu');
  console.log(
    '| network | gradient | Grad-CAM layer | over the image | LRP residual | DeepLIFT residual | attention blocks |',
  );
  console.log('|---|---|---|---|---|---|---|');
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
