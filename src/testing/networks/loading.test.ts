import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { int64 } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { ModelMessage, type ModelProto } from '../../graph/schema.js';
import { formatOnnx } from '../../graph/write.js';
import { classifierOf, loadClassifier } from '../../model/load.js';
import { expectLogits } from './expect-logits.js';
import { networks } from './index.js';
import { chained, node, quirks } from './quirks.js';

const engine = onnxRuntime();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-loading-'));
});
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

describe('a model loads', () => {
  const some = ['dense', 'mobile', 'vision'];

  it.each(
    some.flatMap((name) => Object.entries(quirks).map(([quirk, apply]) => [name, quirk, apply] as const)),
  )('however it was written: %s, %s', async (name, quirk, apply) => {
    const graph = networks[name]!();
    const path = join(folder, `${name}-${quirk}.onnx`);
    await writeFile(path, formatOnnx(apply(graph)));
    await expectLogits(await loadClassifier(path, { engine }), graph);
  });

  it('and every value name of the file still leads to a value', async () => {
    const graph = chained(networks.mobile!());
    const model = await classifierOf(graph, 'mobile', { engine });
    for (const name of graph.nodes.flatMap((n) => n.outputs)) {
      if (name.startsWith('logits')) continue;
      const value = model.aliases?.get(name) ?? name;
      expect(model.graph.nodes.some((n) => n.outputs.includes(value))).toBe(true);
    }
  });

  it('with a squeeze that an If decides on', async () => {
    const graph = networks.vision!();
    const squeeze = graph.nodes.find((n) => n.op === 'Squeeze')!;
    const [x, axes] = squeeze.inputs as [string, string];
    const branch = (...nodes: readonly Node[]) =>
      ({
        kind: 'graph',
        value: {
          ...graph,
          opsets: {},
          inputs: [],
          outputs: [{ name: 'branch', type: 'float32' }],
          nodes,
          initializers: new Map<string, Constant>(),
        },
      }) as const;
    const decided: Graph = {
      ...graph,
      nodes: graph.nodes.flatMap((n) =>
        n !== squeeze
          ? [n]
          : [
              node('Shape', [x], 'lengths'),
              node('Gather', ['lengths', 'at'], 'length'),
              node('Equal', ['length', 'at'], 'single'),
              node('If', ['single'], squeeze.outputs[0]!, {
                attributes: {
                  then_branch: branch(node('Squeeze', [x, axes], 'branch')),
                  else_branch: branch(node('Identity', [x], 'branch')),
                },
              }),
            ],
      ),
      initializers: new Map([...graph.initializers, ['at', int64([1], [])]]),
    };
    const path = join(folder, 'decided.onnx');
    await writeFile(path, formatOnnx(decided));
    const model = await loadClassifier(path, { engine });
    expect(model.graph.nodes.map((n) => n.op)).not.toContain('If');
    await expectLogits(model, graph);
  });

  it('with its weights in a file beside it', async () => {
    const graph = networks.dense!();
    const model = ModelMessage.decode(formatOnnx(graph)) as ModelProto;
    const parts: Uint8Array[] = [];
    let offset = 0;
    for (const tensor of model.graph!.initializer!) {
      const bytes = tensor.raw_data!;
      const entries = { location: 'weights.bin', offset: String(offset), length: String(bytes.length) };
      tensor.raw_data = undefined;
      tensor.data_location = 1;
      tensor.external_data = Object.entries(entries).map(([key, value]) => ({ key, value }));
      parts.push(bytes);
      offset += bytes.length;
    }
    await writeFile(join(folder, 'weights.bin'), Buffer.concat(parts));
    await writeFile(join(folder, 'external.onnx'), ModelMessage.encode(model).finish());
    await expectLogits(await loadClassifier(join(folder, 'external.onnx'), { engine }), graph);
  });

  it('that leaves lengths open, for those that it is given', async () => {
    const graph = networks.swin!();
    const input = { name: 'input', type: 'float32', shape: ['batch', 3, 'height', 'width'] } as const;
    const model = await classifierOf({ ...graph, inputs: [input] }, 'open', {
      engine,
      inputShape: [3, 8, 8],
    });
    expect(model.graph.inputs[0]!.shape).toEqual(['N', 3, 8, 8]);
    await expectLogits(model, graph);
    await expect(classifierOf({ ...graph, inputs: [input] }, 'open', { engine })).rejects.toThrow(
      /^open: leaves the input's shape open \(.*\); give option inputShape \(--input-shape\), e\.g\. 3,224,224$/,
    );
    const bag = { ...input, shape: ['N', 'slices', 3, 32, 32] };
    await expect(classifierOf({ ...graph, inputs: [bag] }, 'bag', { engine })).rejects.toThrow(
      /e\.g\. 3,3,32,32$/,
    );
  });

  it('of 16-bit floats, and computes in 32', async () => {
    const graph = networks.mobile!();
    const halved = new Map<string, Constant>(
      [...graph.initializers].map(([name, c]) =>
        c.type === 'float32'
          ? [
              name,
              { type: 'float16', shape: c.shape, data: Uint16Array.from(c.data as Float32Array, toHalf) },
            ]
          : [name, c],
      ),
    );
    const half: Graph = {
      ...graph,
      initializers: halved,
      inputs: graph.inputs.map((v) => ({ ...v, type: 'float16' })),
      outputs: graph.outputs.map((v) => ({ ...v, type: 'float16' })),
    };
    const model = await classifierOf(half, 'half', { engine });
    expect(model.graph.inputs[0]!.type).toBe('float32');
    await expectLogits(model, graph, 1e-2);
  });
});

describe('a model that computes in 64 bits on the way', () => {
  it('computes in 32', async () => {
    const graph = networks.mobile!();
    const [first, ...rest] = graph.nodes as [Node, ...Node[]];
    const y = first.outputs[0]!;
    const detour: Graph = {
      ...graph,
      nodes: [
        { ...first, outputs: ['single'] },
        node('Cast', ['single'], 'double', { attributes: { to: int(11) } }),
        node('Mul', ['double', 'one'], 'product'),
        node('Cast', ['product'], y, { attributes: { to: int(1) } }),
        ...rest,
      ],
      initializers: new Map([
        ...graph.initializers,
        ['one', { type: 'float64', data: Float64Array.of(1), shape: [] }],
      ]),
    };
    const model = await classifierOf(detour, 'detour', { engine });
    expect([...model.shapes.values()].filter(({ type }) => type === 'float64')).toEqual([]);
    await expectLogits(model, graph);
  });
});

/** IEEE 754 binary16, rounded towards zero: enough for numbers of ordinary size. */
function toHalf(value: number): number {
  const sign = value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign;
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | Math.floor((size / 2 ** exponent - 1) * 1024);
}
