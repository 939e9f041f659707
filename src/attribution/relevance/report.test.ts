import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { classifierOf } from '../../model/load.js';
import { literalNetwork } from '../../testing/literal-network.js';
import { attribute } from '../attribute.js';
import { relevanceReport } from './report.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const shape = [2, 6, 6];
const input = {
  data: Float32Array.from({ length: 144 }, (_, i) => Math.sin(i * i)),
  shape: [2, ...shape],
};
const build = async () => {
  const net = literalNetwork('report', shape, new Float64Array(72));
  const stem = net.relu(net.conv(net.x, 4, 3, { pad: 1 }));
  const wide = net.add(stem, net.relu(net.conv(stem, 4, 3, { pad: 1 })));
  return classifierOf(net.graph(net.linear(net.average(wide), 3)), 'report', { engine });
};
const targets = [0, 2];

it('follows relevance from the output to the map, node by node', async () => {
  const model = await build();
  const options = { composite: 'epsilon-plus', zeroBias: true } as const;
  const report = await relevanceReport(model, input, targets, options);
  const { map, residual } = await attribute(model, 'lrp', input, targets, options);
  expect(report.map((row) => row.operator).filter((operator) => operator !== 'Identity')).toEqual([
    'Gemm',
    'Flatten',
    'GlobalAveragePool',
    'Add',
    'Relu',
    'Conv',
    'Relu',
    'Conv',
  ]);
  for (const row of [0, 1]) {
    const sum = map.data.subarray(row * 72, (row + 1) * 72).reduce((a, b) => a + b, 0);
    expect(report.at(-1)!.passed[row]).toBeCloseTo(sum, 5);
    expect(report[0]!.received[row]! - sum).toBeCloseTo(residual![row]!, 5);
    const lost = report.reduce((total, node) => total + node.received[row]! - node.passed[row]!, 0);
    expect(lost).toBeCloseTo(residual![row]!, 4);
  }
});

it('shows the relevance that biases absorb by default', async () => {
  const report = await relevanceReport(await build(), input, targets, { composite: 'epsilon' });
  const kept = (operator: string) =>
    Math.max(
      ...report.filter((r) => r.operator === operator).map((r) => Math.abs(r.received[0]! - r.passed[0]!)),
    );
  expect(kept('Conv')).toBeGreaterThan(1e-2);
  for (const operator of ['Relu', 'Add', 'GlobalAveragePool', 'Flatten']) {
    expect(kept(operator)).toBeLessThan(1e-4);
  }
});
