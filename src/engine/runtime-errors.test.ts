import { afterAll, describe, expect, it } from 'vitest';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Attribute, Constant, Graph, Node } from '../graph/graph.js';
import { onnxRuntime } from './onnxruntime.js';
import { inWords, withoutSource } from './runtime-errors.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 1, 4, 4] });
function graphOf(node: Partial<Node> & Pick<Node, 'op'>, constant?: Constant, opset = 20): Graph {
  const b = startGraph('net');
  const more = constant ? [b.constant(constant, 'c')] : [];
  const plain = b.finish([value('x')], [value('y')]);
  const whole: Node = {
    ...{ domain: '', name: 'n', attributes: {} },
    ...node,
    ...{ inputs: ['x', ...more], outputs: ['y'] },
  };
  return { ...plain, nodes: [whole], opsets: { ...plain.opsets, '': opset } };
}
const slope: Attribute = { kind: 'int', value: 2 };

describe('an error of ONNX Runtime is told with node and operator', () => {
  it.each<[Graph, string]>([
    [
      graphOf({ op: 'Frobnicate' }),
      "operator 'Frobnicate' (node 'n') is none of ONNX opset 20; export the model with standard ONNX operators",
    ],
    [
      graphOf({ op: 'Frobnicate', domain: 'com.microsoft' }),
      "operator 'Frobnicate' of domain 'com.microsoft' is not known to it; export the model with standard ONNX operators",
    ],
    [
      graphOf({ op: 'Relu', attributes: { slope } }),
      "operator 'Relu' (node 'n') is invalid: Unrecognized attribute: slope for operator Relu",
    ],
    [
      graphOf({ op: 'Add' }, { type: 'float64', data: Float64Array.of(1), shape: [1] }),
      "operator 'Add' (node 'n') is given tensor(float) and tensor(double), which have to be of one type",
    ],
    [
      graphOf({ op: 'MatMul' }, float32([1, 2], [2, 1])),
      "operator 'MatMul' (node 'n') is invalid: Incompatible dimensions for matrix multiplication",
    ],
    [graphOf({ op: 'Relu' }, undefined, 99), 'opset 99 is newer than it knows'],
  ])('%#', async (graph, message) => {
    await expect(engine.compile(graph)).rejects.toThrow(`ONNX Runtime: ${message}`);
  });

  it('without the place in its source that threw', () => {
    const place =
      '/onnxruntime_src/onnxruntime/core/providers/cpu/tensor/grid_sample.h:28 onnxruntime::GridSample<T>::GridSample(const onnxruntime::OpKernelInfo&) [with T = float] mode "bilinear" not supported';
    const told = (message: string) => withoutSource(inWords(message));
    expect(told(`Exception during initialization: ${place}`)).toBe(
      'an operator cannot be set up: mode "bilinear" not supported',
    );
    expect(
      told(`Non-zero status code returned while running Reshape node. Name:'r' Status Message: ${place}`),
    ).toBe("operator 'Reshape' (node 'r') failed: mode \"bilinear\" not supported");
    expect(told('dft.cc:439 discrete_fourier_transform Input layout not supported')).toBe(
      'Input layout not supported',
    );
    expect(told('of complex inputs.N11onnxruntime17PrimitiveDataTypeIfEE')).toBe('of complex inputs.');
    const condition =
      'pads[dim] < kernel_shape[dim] && std::get<0>(pads) was false. Pad should be smaller than kernel.';
    expect(told(`Exception during initialization: ${condition}`)).toBe(
      'an operator cannot be set up: Pad should be smaller than kernel.',
    );
    expect(told('Exception during initialization: size_ > 0 was false.')).toBe(
      'an operator cannot be set up: it fails the check size_ > 0',
    );
    expect(told('failed: [ONNXRuntimeError] : 1 : FAIL : the storage size overflowed')).toBe(
      'failed: the storage size overflowed',
    );
    expect(told('Node (Scan_0) Op (Scan) std::bad_alloc')).toBe(
      "operator 'Scan' (node 'Scan_0') is invalid: it asks for more memory than there is",
    );
    expect(told('out of memory')).toBe('out of memory');
  });
});
