import { seededRandom } from '../base/random.js';
import { float, int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../tensor/tensor.js';

/** Makes parameters of a name and shape from a normal distribution. */
function drawing(builder: Builder, seed: string) {
  const random = seededRandom(seed);
  return (name: string, ...shape: number[]) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => 0.3 * random.normal());
    return builder.constant(float32(data, shape), name);
  };
}

/**
 * A small residual network as torch exports torchvision's, before it folds BatchNormalizations: their layer
 * names, a fixed batch of 1, seven classes.
 */
export function exportedResNet(): Graph {
  const builder = startGraph('main_graph');
  const drawn = drawing(builder, 'exported');
  const level = (name: string, value: number) =>
    builder.constant(float32(new Float32Array(4).fill(value)), name);
  const conv = (name: string, x: string, channels: number) =>
    builder.emit('Conv', [x, drawn(`${name}.weight`, 4, channels, 3, 3)], {
      ...{ kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), strides: ints([1, 1]) },
      ...{ dilations: ints([1, 1]), group: int(1) },
    });
  const norm = (name: string, x: string) =>
    builder.emit(
      'BatchNormalization',
      [
        x,
        ...[level(`${name}.weight`, 1.5), level(`${name}.bias`, 0.2)],
        ...[level(`${name}.running_mean`, 0.1), level(`${name}.running_var`, 2)],
      ],
      { epsilon: float(1e-5), momentum: float(0.9) },
    );
  const stem = builder.emit('Relu', [norm('bn1', conv('conv1', 'input', 3))]);
  const first = builder.emit('Relu', [norm('layer1.0.bn1', conv('layer1.0.conv1', stem, 4))]);
  const sum = builder.emit('Relu', [
    builder.add(norm('layer1.0.bn2', conv('layer1.0.conv2', first, 4)), stem),
  ]);
  const pooled = builder.emit('GlobalAveragePool', [sum]);
  const flat = builder.emit('Reshape', [pooled, builder.constant(int64([1, 4]))]);
  const fc = [drawn('fc.weight', 7, 4), drawn('fc.bias', 7)];
  builder.emit('Gemm', [flat, ...fc], { transB: int(1) }, 'output');
  return builder.finish(
    [{ name: 'input', type: 'float32', shape: [1, 3, 16, 16] }],
    [{ name: 'output', type: 'float32', shape: [1, 7] }],
  );
}

/** A ConvNeXt of two blocks as torch exports timm's: depthwise convolutions and an open batch. */
export function exportedConvNext(): Graph {
  const builder = startGraph('main_graph');
  const drawn = drawing(builder, 'convnext');
  const conv = (name: string, x: string, [outputs, inputs, side]: number[], stride: number, group: number) =>
    builder.emit(
      'Conv',
      [x, drawn(`${name}.weight`, outputs!, inputs!, side!, side!), drawn(`${name}.bias`, 4)],
      {
        ...{ kernel_shape: ints([side!, side!]), strides: ints([stride, stride]), group: int(group) },
        ...{ pads: ints(Array(4).fill(group > 1 ? side! >> 1 : 0)), dilations: ints([1, 1]) },
      },
    );
  let x = conv('stem.0', 'input', [4, 3, 4], 4, 1);
  for (const block of [0, 1]) {
    const name = `stages.0.blocks.${block}`;
    const mixed = builder.transpose(conv(`${name}.conv_dw`, x, [4, 1, 7], 1, 4), [0, 2, 3, 1]);
    const norm = [drawn(`${name}.norm.weight`, 4), drawn(`${name}.norm.bias`, 4)];
    const normed = builder.emit('LayerNormalization', [mixed, ...norm], {
      axis: int(-1),
      epsilon: float(1e-6),
    });
    const hidden = builder.add(builder.matMul(normed, drawn(`${name}.fc1`, 4, 8)), drawn(`${name}.b1`, 8));
    const shrunk = builder.matMul(builder.emit('Gelu', [hidden]), drawn(`${name}.fc2`, 8, 4));
    const scaled = builder.mul(builder.transpose(shrunk, [0, 3, 1, 2]), drawn(`${name}.gamma`, 1, 4, 1, 1));
    x = builder.add(scaled, x);
  }
  const flat = builder.emit('Flatten', [builder.emit('GlobalAveragePool', [x])], { axis: int(1) });
  const head = [drawn('head.fc.weight', 7, 4), drawn('head.fc.bias', 7)];
  builder.emit('Gemm', [flat, ...head], { transB: int(1) }, 'output');
  return builder.finish(
    [{ name: 'input', type: 'float32', shape: ['batch', 3, 16, 16] }],
    [{ name: 'output', type: 'float32', shape: ['batch', 7] }],
  );
}
