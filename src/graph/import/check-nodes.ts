import { inputError, unsupported } from '../../base/errors.js';
import type { Graph } from '../graph.js';

/** Domains of operators that ONNX Runtime may hold; that of ONNX itself is empty. */
const domains = /^$|^ai\.onnx\b|^com\.(microsoft|ms)\b|^org\.pytorch\.aten$/;
const withoutTensors = /^(Sequence\w+|SplitToSequence|ConcatFromSequence|ZipMap|DictVectorizer)$/;

/**
 * Throws an error that names node and operator for operators of a domain of their own and for values that are
 * no tensors, which no engine runs, and for outputs that nothing makes.
 */
export function checkNodes({ nodes, inputs, outputs, initializers }: Graph): void {
  for (const { op, domain, name } of nodes) {
    if (!domains.test(domain))
      throw unsupported(
        `operator '${op}' of domain '${domain}' (node '${name}') is no standard one; export the model with the operators of ONNX`,
      );
    if (withoutTensors.test(op))
      throw unsupported(
        `operator '${op}' (node '${name}') makes or reads a sequence or a map; only tensors are supported: export the model without it`,
      );
  }
  const made = new Set([
    ...nodes.flatMap((node) => node.outputs),
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
  ]);
  const lacking = outputs.find(({ name }) => !made.has(name));
  if (lacking) throw inputError(`output '${lacking.name}' is made by no node`);
}
