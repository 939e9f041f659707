import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { reshape, weights } from '../testing/networks/six-by-six.js';
import { boxesIn, withJoinedBoxes } from './joined-boxes.js';
import { classifierOf } from './load.js';
import { neededTarget } from './questions/offers.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

type Outputs = Readonly<Record<string, readonly (number | string)[]>>;

/** A file of these outputs `[N, rows, width]`; those in `shares` end in a softmax. */
function file(outputs: Outputs, shares: readonly string[] = []): Graph {
  const b = startGraph('outputs');
  const value = (name: string, shape: readonly (number | string)[]) => ({
    ...{ name, type: 'float32' as const, shape: ['N', ...shape] },
  });
  for (const [name, [rows, width]] of Object.entries(outputs)) {
    const size = Number(rows) * Number(width);
    const part = b.slice(b.reshape('x', [-1, 200]), [{ axis: 1, start: 0, end: size, step: 1 }]);
    const shaped = b.reshape(part, [-1, Number(rows), Number(width)]);
    if (shares.includes(name)) b.emit('Softmax', [shaped], { axis: int(2) }, name);
    else b.alias(shaped, name);
  }
  return b.finish(
    [value('x', [2, 10, 10])],
    Object.entries(outputs).map(([name, shape]) => value(name, shape)),
  );
}

it.each<[string, Outputs, readonly string[], string, string]>([
  ['DETR', { logits: [9, 4], pred_boxes: [9, 4] }, [], 'pred_boxes', 'logits'],
  [
    'DETR with features',
    { last_hidden_state: [9, 4], logits: [9, 7], pred_boxes: [9, 4] },
    [],
    'pred_boxes',
    'logits',
  ],
  ['OWL-ViT', { class_embeds: [9, 8], logits: [9, 7], pred_boxes: [9, 4] }, [], 'pred_boxes', 'logits'],
  [
    'RT-DETR',
    { logits: [9, 7], pred_boxes: [9, 4], enc_topk_logits: [9, 7], enc_topk_bboxes: [9, 4] },
    [],
    'pred_boxes',
    'logits',
  ],
  ['RetinaNet', { cls_logits: [9, 4], bbox_regression: [9, 4] }, [], 'bbox_regression', 'cls_logits'],
  ['SSD', { conf: [9, 4], loc: [9, 4] }, [], 'loc', 'conf'],
  ['other scores', { out: [9, 4], scores: [9, 4] }, [], 'out', 'scores'],
  ['a softmax', { a: [9, 4], b: [9, 4] }, ['a'], 'b', 'a'],
  ['widths', { a: [9, 3], b: [9, 4] }, [], 'b', 'a'],
])('boxes and scores are told by names of %s, or by the graph', (_, outputs, shares, boxes, scores) => {
  const found = boxesIn(file(outputs, shares))!;
  expect([found.boxes.name, found.scores.name]).toEqual([boxes, scores]);
});

it.each<[string, Outputs, readonly string[]]>([
  ['of four grades that a softmax makes', { a: [9, 4], b: [9, 3] }, ['a']],
  ['of four classes beside rows of another number', { a: [9, 4], b: [5, 3] }, []],
  ['of scores by their names', { stage_logits: [9, 4], type_logits: [9, 3] }, []],
  ['that stand alone', { out: [9, 4] }, []],
])('there are no boxes in outputs %s', (_, outputs, shares) => {
  const graph = file(outputs, shares);
  expect(boxesIn(graph)).toBeUndefined();
  expect(withJoinedBoxes(graph, 'net.onnx')).toBe(graph);
});

it('two outputs that may both be boxes are refused by their names', () => {
  const graph = file({ a: [9, 4], b: [9, 4] });
  expect(boxesIn(graph)).toBeUndefined();
  expect(() => withJoinedBoxes(graph, 'net.onnx')).toThrow(
    /net.onnx: its outputs do not tell which are the boxes of target box \(found 'a' \[N,9,4\], 'b'/,
  );
});

it('boxes that only their width tells are said to be so', async () => {
  const graph = file({ a: [9, 3], b: [9, 4] });
  const saysOf = async (target: string) =>
    (await classifierOf(graph, 'net.onnx', { engine, target })).head.says;
  expect(await saysOf('box:0,0,4,4@1')).toBe(
    "the predicted boxes 'b' (told by their width of 4) and the scores of their classes 'a'",
  );
  expect(await saysOf('output:b[0,1]')).toBe(
    "'b'; it is a quantity and has no probability (four numbers beside each row of 'a', taken for boxes; head softmax or sigmoid where they are scores)",
  );
});

it('boxes are offered where an output holds scores beside them', () => {
  expect(neededTarget(file({ out: [9, 4] }))).toBe('output:out[0,0]');
  expect(neededTarget(file({ c: [9, 7], a: [9, 4], b: [9, 4] }))).toBe('output:c[0,0]');
  expect(neededTarget(file({ pred_boxes: [9, 4], logits: [9, 3] }))).toBe('box:0,0,1,1@0');
});

it('the head of a box speaks of boxes, that of classes of what makes them', async () => {
  const b = startGraph('net');
  const part = (op: string, channels: number) =>
    reshape(b, b.emit(op, [b.emit('Conv', ['x', weights(b, channels, 3, 6, 6)])]), 0, channels, 1);
  const boxes = b.emit('Concat', [part('Tanh', 2), part('Erf', 2), part('Tanh', 3)], { axis: int(1) });
  const columns = reshape(b, boxes, 0, 7);
  const value = (name: string, ...shape: number[]) => ({
    ...{ name, type: 'float32' as const, shape: ['N', ...shape] },
  });
  const graph = b.finish([value('x', 3, 6, 6)], [value(boxes, 7, 1), value(columns, 7)]);
  const saysOf = async (asked: { target: string } | { output: string }) =>
    (await classifierOf(graph, 'net.onnx', { engine, ...asked })).head.says;
  expect(await saysOf({ target: 'box:0,0,4,4@1' })).toMatch(/\(boxes beside the scores of their classes/);
  expect(await saysOf({ output: columns })).toMatch(/\(Tanh and Erf make its columns; head softmax/);
});
