import { int, intOf, stringOf } from '../../../graph/attributes.js';
import { int64, numbers } from '../../../graph/elements.js';
import type { Writer } from './layout.js';

export const Concat: Writer = (node, layout) => {
  const channels = node.inputs.map((value) => (layout.toNchwc(value) ? layout.channels(value) : undefined));
  if (intOf(node, 'axis', 0) !== 1 || channels.includes(undefined)) return false;
  const all = channels.reduce<number>((sum, count) => sum + count!, 0);
  const inputs = node.inputs.map(layout.blocked);
  layout.add({ ...node, inputs, outputs: [layout.makeBlocked(node.outputs[0]!, all)] });
  return true;
};

/** Splits the channel axis at block boundaries only. */
export const Split: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  const channels = layout.toNchwc(x) && intOf(node, 'axis', 0) === 1 ? layout.channels(x) : undefined;
  const given = node.inputs[1] ? layout.edit.known(node.inputs[1]) : undefined;
  if (!channels || (node.inputs[1] && !given)) return false;
  const counts = given ? numbers(given) : node.outputs.map(() => channels / node.outputs.length);
  if (counts.some((count) => count % layout.block > 0)) return false;
  const outputs = node.outputs.map((value, i) => (value === '' ? '' : layout.makeBlocked(value, counts[i]!)));
  layout.add({ ...node, inputs: [layout.blocked(x), ...node.inputs.slice(1)], outputs });
  return true;
};

/** Slices the channel axis at block boundaries only. */
export const Slice: Writer = (node, layout) => {
  const [x, ...given] = node.inputs as [string, ...string[]];
  const channels = layout.toNchwc(x) ? layout.channels(x) : undefined;
  const bounds = given.map((value) => layout.edit.known(value)).map((c) => (c ? numbers(c) : [NaN]));
  const [starts = [], ends = [], axes = [], steps = [1]] = bounds;
  if (!channels || axes.join() !== '1' || steps.join() !== '1') return false;
  const [from, to] = [starts[0]!, ends[0]!].map((at) => Math.min(at < 0 ? at + channels : at, channels));
  if (from! % layout.block > 0 || to! % layout.block > 0) return false;
  const y = layout.makeBlocked(node.outputs[0]!, to! - from!);
  layout.add({ ...node, inputs: [layout.blocked(x), ...given], outputs: [y] });
  return true;
};

/** Interleaves the phases with one Gather whose rows are whole blocks of channels. */
export const DepthToSpace: Writer = (node, layout) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  const channels = layout.channels(y);
  const [, , height, width] = (layout.outlines.get(y)?.lengths ?? []).map(Number);
  const s = intOf(node, 'blocksize', 1);
  if (!channels || !height || !width || !layout.toNchwc(x) || stringOf(node, 'mode', 'DCR') !== 'DCR')
    return false;
  const { edit, block } = layout;
  const [blocks, rows, columns] = [channels / block, height / s, width / s];
  const order = new Int32Array(blocks * height * width);
  let at = 0;
  for (let b = 0; b < blocks; b++) {
    for (let v = 0; v < height; v++) {
      for (let h = 0; h < width; h++) {
        const phase = (v % s) * s + (h % s);
        order[at++] = ((phase * blocks + b) * rows + Math.floor(v / s)) * columns + Math.floor(h / s);
      }
    }
  }
  const [seen, taken] = [edit.fresh(`${y}.seen`), edit.fresh(`${y}.taken`)];
  const positions = edit.constant({ type: 'int32', data: order, shape: [order.length] });
  const flat = edit.constant(int64([0, order.length, block]));
  layout.add(edit.node('Reshape', [layout.blocked(x), flat], seen));
  layout.add(edit.node('Gather', [seen, positions], taken, { axis: int(1) }));
  const whole = edit.constant(int64([0, channels, height, width]));
  layout.add(edit.node('Reshape', [taken, whole], layout.makeBlocked(y, channels)));
  return true;
};
