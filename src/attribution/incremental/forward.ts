import { int } from '../../graph/attributes.js';
import { extend } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { dependents } from '../../graph/order.js';
import { openShape, type Shapes } from '../../graph/shapes.js';
import { withoutUnused } from '../../graph/tidy.js';
import { startCuts } from './cuts.js';
import type { PatchPlan } from './plan.js';
import { regionLayers } from './region-layers.js';
import { type Box, spansOf } from './regions.js';

export interface PatchForward {
  /**
   * Inputs: samples `[N, ...]` (under the model's input name), the patch contents of each, one row of slice
   * positions per patch, and the part of each pixel `[1, 1, H, W]` where patches are parts. Output:
   * `[patches x N, K]`.
   */
  readonly graph: Graph;
  readonly names: typeof names;
  /** The row of slice positions for the patch with this number over these rows and columns. */
  row(box: Box, number: number): number[];
}

const names = { patch: 'sl.patch', parts: 'sl.parts', rows: 'sl.rows', output: 'sl.patched' };

/**
 * Builds a graph that evaluates the model with each patch pasted into the samples, and computes only what
 * the patch changes. It runs the model once on the samples without a patch. A Scan over the patches then
 * computes every value of `plan` within its region, with the surroundings from that run. The rest of the
 * network runs on all patches as one batch.
 */
export function patchForward(
  graph: Graph,
  shapes: Shapes,
  output: string,
  plan: PatchPlan,
  { isPart = false } = {},
): PatchForward {
  const needed = withoutUnused({ ...graph, outputs: [{ name: output, type: 'float32' }] });
  const builder = extend(needed);
  const [input] = needed.inputs as [Value];
  const cuts = startCuts(builder);
  const contents = { patch: names.patch, ...(isPart && { parts: names.parts }) };
  const { parts, own, beside } = regionLayers(builder, needed, plan, contents, cuts);

  const moving = dependents(needed);
  const rest = needed.nodes.filter(
    ({ inputs, outputs }) => inputs.some((v) => moving.has(v)) && !plan.reaches.has(outputs[0]!),
  );
  const edge = [...new Set(rest.flatMap(({ inputs }) => inputs.filter((v) => plan.reaches.has(v))))];
  const pasted = edge.map((value) => {
    const { region, axes } = plan.reaches.get(value)!;
    const { dims } = shapes.get(value)!;
    const [height, width] = [dims[axes[0]]!, dims[axes[1]]!];
    const outer = (): Box => [
      [0, height],
      [0, width],
    ];
    return cuts.paste(value, parts.get(value)!, (boxes) => boxes[region]!, outer, axes);
  });
  const length = 2 * cuts.pairs.length;
  const inside = builder
    .finish([], [])
    .nodes.slice(needed.nodes.length)
    .filter(({ name }) => !beside.has(name));
  const body: Graph = {
    name: 'patch',
    opsets: {},
    metadata: {},
    inputs: [{ name: 'sl.row', type: 'int64', shape: [length] }],
    outputs: edge.map((value, i) => ({
      name: pasted[i]!,
      type: 'float32',
      shape: ['N', ...shapes.get(value)!.dims.slice(1)],
    })),
    initializers: new Map([...own, ['sl.lengths', int64(cuts.pairs.map(() => 2))]]),
    nodes: [
      {
        op: 'Split',
        domain: '',
        name: 'sl.pairs',
        inputs: ['sl.row', 'sl.lengths'],
        outputs: cuts.pairs,
        attributes: { axis: int(0) },
      },
      ...inside,
    ],
  };

  const scanned = builder.emitAll('Scan', [names.rows], edge.length, {
    body: { kind: 'graph', value: body },
    num_scan_inputs: int(1),
  });
  const behind = new Map(
    edge.map((value, i) => [value, builder.reshape(scanned[i]!, openShape(shapes.get(value)!))]),
  );
  for (const node of rest) {
    const inputs = node.inputs.map((value) => behind.get(value) ?? value);
    const outputs = builder.repeat(node, inputs);
    for (const [i, value] of node.outputs.entries()) behind.set(value, outputs[i]!);
  }
  builder.alias(behind.get(output)!, names.output);
  const all = builder.finish(
    [
      { ...input, shape: ['N', ...input.shape!.slice(1)] },
      { name: names.patch, type: 'float32', shape: ['N', ...input.shape!.slice(1)] },
      { name: names.rows, type: 'int64', shape: ['patches', length] },
      ...(isPart
        ? [{ name: names.parts, type: 'int64' as const, shape: [1, 1, ...input.shape!.slice(2)] }]
        : []),
    ],
    [{ name: names.output, type: 'float32' }],
  );
  const scanOnly = new Set(inside);
  return {
    graph: withoutUnused({ ...all, nodes: all.nodes.filter((node) => !scanOnly.has(node)) }),
    names,
    row([rows, columns], number) {
      const [down, across] = [spansOf(plan.regions, rows, 0), spansOf(plan.regions, columns, 1)];
      const boxes = down.map((span, i): Box => [span, across[i]!]);
      return cuts.row(boxes, number);
    },
  };
}
