import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { startGraph } from '../../graph/builder.js';
import { float32, int64, scalar } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { array64 } from '../../testing/reference/arrays.js';
import { shapesOf } from '../../testing/reference/differences.js';
import { interpret } from '../../testing/reference/interpret.js';
import { fuseLayerNorm } from './fuse-layernorm.js';

interface Written {
  readonly square?: 'Pow' | 'Mul';
  readonly affine?: boolean;
  readonly axis?: number;
}

/** LayerNormalization as exporters write it before opset 17. */
function written({ square = 'Pow', affine = true, axis = -1 }: Written = {}): Graph {
  const b = startGraph('written out');
  const mean = (value: string) => b.emit('ReduceMean', [value, b.constant(int64([axis]))]);
  const centred = b.emit('Sub', ['x', mean('x')]);
  const squared =
    square === 'Pow' ? b.emit('Pow', [centred, b.constant(scalar(2))]) : b.emit('Mul', [centred, centred]);
  const deviation = b.emit('Sqrt', [b.emit('Add', [mean(squared), b.constant(scalar(0.01))])]);
  const normal = b.emit('Div', [centred, deviation], {}, affine ? 'normal' : 'y');
  if (affine) {
    const scaled = b.emit('Mul', [normal, b.constant(float32([0.5, -2, 3]))]);
    b.emit('Add', [b.constant(float32([1, 2, -1])), scaled], {}, 'y');
  }
  return b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 2, 3] }],
    [{ name: 'y', type: 'float32', shape: ['N', 2, 3] }],
  );
}

const random = seededRandom('layer norm');
const feed = (count: number) => ({
  x: array64(
    Array.from({ length: count * 6 }, () => random.normal()),
    [count, 2, 3],
  ),
});
const fused = (graph: Graph) => fuseLayerNorm(graph, shapesOf(graph, feed(1), feed(2)));

describe('fuseLayerNorm', () => {
  it.each([{}, { square: 'Mul' }, { affine: false }] as const)('makes one node of %o', (how) => {
    const graph = written(how);
    const one = fused(graph);
    expect(one.nodes.map(({ op }) => op)).toEqual(['LayerNormalization']);
    const x = feed(3);
    const [got, want] = [one, graph].map((of) => interpret(of, x).get('y')!.data);
    for (const [i, value] of want!.entries()) expect(got![i]).toBeCloseTo(value, 12);
  });

  it('keeps other axes, and intermediate values with readers', () => {
    const other = written({ axis: 1 });
    expect(fused(other)).toBe(other);
    const graph = written();
    const read = { ...graph, outputs: [...graph.outputs, { name: 'normal', type: 'float32' as const }] };
    const ops = fused(read).nodes.map(({ op }) => op);
    expect(ops).toEqual(['LayerNormalization', 'Mul', 'Add']);
  });
});
