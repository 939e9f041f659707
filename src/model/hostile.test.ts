import { execFileSync } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SightlineError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { openEngine } from '../engine/index.js';
import { int } from '../graph/attributes.js';
import { float32 } from '../graph/elements.js';
import type { Graph, Node } from '../graph/graph.js';
import { ModelMessage } from '../graph/schema.js';
import { formatOnnx } from '../graph/write.js';
import { tinyModel } from '../testing/tiny-model.js';
import { temporaryTree } from '../testing/tree.js';
import { classifierOf, loadClassifier } from './load.js';

const engine = openEngine('cpu', { memoryLimit: 1, timeLimit: 10 });

const withInput = (...shape: (number | string)[]): Graph => {
  const graph = tinyModel();
  return { ...graph, inputs: [{ ...graph.inputs[0]!, shape }] };
};

/** The tiny model with another node in place of its Relu. */
function withNode(change: Partial<Node>, initializers: Graph['initializers'] = new Map()): Graph {
  const graph = tinyModel();
  return {
    ...graph,
    opsets: { ...graph.opsets, 'com.microsoft': 1 },
    nodes: graph.nodes.map((node) => (node.op === 'Relu' ? { ...node, ...change } : node)),
    initializers: new Map([...graph.initializers, ...initializers]),
  };
}

const weights = new Map([
  ['w', float32(new Float32Array(8 * 24), [8, 24])],
  ['b', float32(new Float32Array(24), [24])],
]);

describe('a hostile model is refused in one line', () => {
  it.each([
    ['more values than fit into memory', ['N', 3, 2 ** 20, 2 ** 20]],
    ['more values than are accepted', ['N', 3, 30_000, 30_000]],
    ['a negative length', ['N', -3, 8, 8]],
    ['a batch without end', [2 ** 40, 1, 8, 8]],
    ['a batch too large to be tried', [1_000_000, 1, 8, 12]],
    ['5,000 axes', ['N', ...Array<number>(5000).fill(1)]],
  ])('where its input declares %s', async (_, shape) => {
    await expect(classifierOf(withInput(...shape), 'm.onnx', { engine })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringMatching(
        /^m\.onnx: input 'x' has the shape \[[^\]]{1,60}\]; up to 16 axes and (67108864|33554432) values are accepted$/,
      ),
    });
  });

  it.each([
    [
      'a fused convolution without weights',
      { op: 'FusedConv', domain: 'com.microsoft' },
      "operator 'FusedConv'",
    ],
    [
      'an attention of no heads',
      {
        op: 'Attention',
        domain: 'com.microsoft',
        inputs: ['x', 'w', 'b'],
        attributes: { num_heads: int(0) },
      },
      "operator 'Attention'",
    ],
  ])('where it holds %s', async (_, change, named) => {
    await expect(classifierOf(withNode(change, weights), 'm.onnx', { engine })).rejects.toMatchObject({
      name: 'SightlineError',
      message: expect.stringMatching(new RegExp(`^m\\.onnx: ${named} \\(node '[^\n]*$`)),
    });
  });

  it('after one call that ran out of time', async () => {
    let calls = 0;
    const slow: Engine = {
      ...engine,
      async compile() {
        calls++;
        throw new SightlineError('limit', 'ran out of time');
      },
    };
    await expect(classifierOf(tinyModel(), 'm.onnx', { engine: slow })).rejects.toThrow(
      'm.onnx: ran out of time',
    );
    expect(calls).toBe(1);
  });

  it.each([
    ['a pipe', 'pipe', "pipe can't be read: it is a pipe"],
    ['a device by a link', 'zero', "zero can't be read: it is a device"],
    ['a device by its path', '/dev/zero', "points to '/dev/zero', outside the model's folder"],
    ['a file above its folder', '../x', "points to '../x', outside the model's folder"],
    ['its folder', '.', "points to '.', outside the model's folder"],
    ['a part of a byte', 'weights', 'takes 0.5 bytes from 0 on of ', '0.5'],
    ['a file that is too short', 'weights', 'weights, which has 4', '1e18'],
  ])('where its weights lie in %s', async (_, location, message, length?: string) => {
    const root = await temporaryTree();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink('/dev/zero', join(root, 'zero'));
    await writeFile(join(root, 'weights'), 'four');
    const model = ModelMessage.toObject(ModelMessage.decode(formatOnnx(tinyModel())));
    const [first] = model.graph.initializer;
    const place = { location, ...(length && { length }) };
    const entries = Object.entries(place).map(([key, value]) => ({ key, value }));
    Object.assign(first, { data_location: 1, external_data: entries });
    const path = join(root, 'm.onnx');
    await writeFile(path, ModelMessage.encode(ModelMessage.fromObject(model)).finish());
    await expect(loadClassifier(path, { engine })).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining(message),
    });
  });
});
