import { expect, it } from 'vitest';
import { predict } from '../model/predict.js';
import { literalNetwork } from '../testing/literal-network.js';
import { layerGradient, layers, outputFromLayer } from './layers.js';
import { modelOf } from './model.js';

const shape = [2, 6, 6];
const input = { data: Float32Array.from({ length: 72 }, (_, i) => Math.sin(i * i)), shape: [1, ...shape] };
const build = () => {
  const net = literalNetwork('layers', shape, new Float64Array(72));
  return modelOf(net.graph(net.linear(net.average(net.relu(net.conv(net.x, 4, 3, { pad: 1 }))), 3)));
};

it('lists what the nodes make, with its shape', async () => {
  const found = layers(await build());
  expect(found.find(({ operator }) => operator === 'Conv')?.shape).toEqual([1, 4, 6, 6]);
});

it('gives the output again from the layer, and its slope by a layer value', async () => {
  const model = await build();
  const { layer } = layers(model).find(({ operator }) => operator === 'Relu')!;
  const { values, gradient } = await layerGradient(model, input, [1], layer);
  const h = 0.5;
  const both = { data: Float32Array.from([...values.data, ...values.data]), shape: [2, 4, 6, 6] };
  both.data[144 + 7]! += h;
  const output = await outputFromLayer(model, layer, both, input);
  const whole = await predict(model, input);
  expect(output.data[1]).toBeCloseTo(whole.data[1]!, 5);
  expect((output.data[4]! - output.data[1]!) / h).toBeCloseTo(gradient.data[7]!, 4);
});

it('says what is wrong with a layer or its values', async () => {
  const model = await build();
  const { layer } = layers(model)[0]!;
  await expect(layerGradient(model, input, [0], 'relu')).rejects.toThrow(
    "unknown layer 'relu'; did you mean",
  );
  const wrong = { data: new Float32Array(4), shape: [1, 4] };
  await expect(outputFromLayer(model, layer, wrong, input)).rejects.toThrow('the values have shape [1,4]');
});
