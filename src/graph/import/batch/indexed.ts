import { intOf, ints } from '../../attributes.js';
import { int64 } from '../../elements.js';
import type { Constant, Node } from '../../graph.js';
import { changed, type Edit } from '../../rewrite.js';
import { axisOf } from '../../shapes.js';
import { alike, overBatch } from './layout.js';
import { isSame, isWhole, onePart, type Reader, same } from './position.js';

export const gather: Reader = ({ node, positions: [data, indices], inputs }) => {
  if (indices || !data) return [];
  const axis = axisOf(intOf(node, 'axis', 0), inputs[0]!.length);
  if (axis === data.axis) return [];
  const shift = axis < data.axis ? inputs[1]!.length - 1 : 0;
  return same({ ...data, axis: data.axis + shift }, node);
};

/** Elements at positions along the leading axes, which the axes of the indices replace. */
export const gatherND: Reader = ({ node, positions: [data, indices], inputs }) => {
  if (indices || !data || intOf(node, 'batch_dims', 0) !== 0) return [];
  const picked = inputs[1]!.at(-1)!;
  return data.axis < picked ? [] : same({ ...data, axis: data.axis - picked + inputs[1]!.length - 1 }, node);
};

/** Elements picked or replaced along another axis than the batch, at a sample's own places or at the same. */
export const elements: Reader = (situation) => {
  const { node, positions, output } = situation;
  const axis = axisOf(intOf(node, 'axis', 0), output.length);
  return positions.some((position) => position?.axis === axis) ? [] : alike(situation);
};

/**
 * Elements replaced at the same places in each sample. Places that name the sample by its number replace
 * elements of the other axes instead, with the batch moved behind them.
 */
export const scatterND: Reader = (situation) => {
  const { node, positions, inputs, known, batch } = situation;
  const [data, indices, updates] = positions;
  const places = known(node.inputs[1]);
  if (indices || !places) return [];
  const listed = places.shape.length - 1;
  const shift = listed - places.shape.at(-1)!;
  const names = data ? data.axis < places.shape.at(-1)! : updates!.axis < listed;
  const ofData = data ?? { ...updates!, axis: names ? updates!.axis : updates!.axis - shift };
  const ofUpdates = names ? ofData : { ...ofData, axis: ofData.axis + shift };
  const own = names ? ofEachSample(places, batch) : places;
  if ((names && (ofData.axis !== 0 || !isWhole(ofData))) || !own) return [];
  if (updates && !isSame(updates, ofUpdates)) return [];
  const parts = [ofData, undefined, ofUpdates].map((at, i) =>
    at && !positions[i] ? onePart(situation, node.inputs[i]!, at.axis, at) : undefined,
  );
  const repeats = [ofData, undefined, ofUpdates].every(
    (at, i) => !at || positions[i] || parts[i] || inputs[i]![at.axis] === 1,
  );
  return repeats ? [{ position: ofData, write }] : [];

  function write(edit: Edit): readonly Node[] {
    const nodes: Node[] = [];
    const turn = (value: string, perm: readonly number[], output = edit.fresh(`${value}.turned`)) => {
      nodes.push(edit.node('Transpose', [value], output, { perm: ints(perm) }));
      return output;
    };
    const held = data
      ? { value: node.inputs[0]!, axis: ofData.axis }
      : { value: node.inputs[2]!, axis: ofUpdates.axis };
    const [whole, , changes] = node.inputs.map((input, i) => {
      const { axis } = i === 0 ? ofData : ofUpdates;
      const own = parts[i] ? edit.constant(parts[i]) : input;
      return i === 1 || positions[i] ? input : overBatch(nodes, edit, held, own, axis, inputs[i]!.length);
    }) as [string, string, string];
    if (!names) return [...nodes, changed(node, { inputs: [whole, node.inputs[1]!, changes] })];
    const behind = (value: string, rank: number) => turn(value, [...range(1, rank), 0]);
    const rank = inputs[0]!.length;
    const made = edit.fresh('scattered');
    const turned = [behind(whole, rank), edit.constant(own!), behind(changes, inputs[2]!.length)];
    nodes.push(changed(node, { inputs: turned, outputs: [made] }));
    turn(made, [rank - 1, ...range(0, rank - 1)], node.outputs[0]!);
    return nodes;
  }
};

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** The places without the number of the sample, where they are the same in each and begin with it. */
function ofEachSample({ shape, data }: Constant, batch: number): Constant | undefined {
  const [size, ...mid] = shape;
  const picked = mid.pop();
  if (size !== batch || picked === undefined || picked < 2) return undefined;
  const all = Array.from(data, Number);
  const length = all.length / batch;
  const isOwn = all.every((place, i) =>
    i % picked === 0 ? place === Math.floor(i / length) : place === all[i % length],
  );
  const within = all.slice(0, length).filter((_, i) => i % picked !== 0);
  return isOwn ? int64(within, [...mid, picked - 1]) : undefined;
}
