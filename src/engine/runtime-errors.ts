type Plain = (...parts: string[]) => string;

/** What ONNX Runtime says, and the same in words: each with its node and operator. */
const said: readonly (readonly [RegExp, Plain])[] = [
  [
    /Fatal error: ([\w.-]*):(\w+)\(-?\d+\) is not a registered function\/op/,
    (domain, op) =>
      `operator '${op}' of domain '${domain || 'ai.onnx'}' is not known to it; export the model with standard ONNX operators`,
  ],
  [
    /In Node, \("([^"]*)", (\w+), "[^"]*", -?\d+\)[\s\S]* Error No Op registered for \w+ with domain_version of (\d+)/,
    (node, op, opset) =>
      `operator '${op}' (node '${node}') is none of ONNX opset ${opset}; export the model with standard ONNX operators`,
  ],
  [
    /In Node, \("([^"]*)", (\w+), "[^"]*", -?\d+\)[\s\S]* Error ([\s\S]+)$/,
    (node, op, why) => `operator '${op}' (node '${node}') is invalid: ${why}`,
  ],
  [
    /Could not find an implementation for (\w+)\(\d+\) node with name '([^']*)'/,
    (op, node) => `operator '${op}' (node '${node}') has no implementation for its types`,
  ],
  [
    /Non-zero status code returned while running (\w+) node\. Name:\s*'([^']*)' Status Message: ([\s\S]+)$/,
    (op, node, why) => `operator '${op}' (node '${node}') failed: ${why}`,
  ],
  [
    /Node \(([^)]*)\) Op \((\w+)\) (?:\[\w+\] )?([\s\S]+)$/,
    (node, op, why) => `operator '${op}' (node '${node}') is invalid: ${why}`,
  ],
  [
    /Type parameter \(\w+\) of Optype \((\w+)\) bound to different types \((.+?) and (.+?) in node \(([^)]*)\)/,
    (op, one, other, node) =>
      `operator '${op}' (node '${node}') is given ${one} and ${other}, which have to be of one type`,
  ],
  [
    /Type '([^']+)' of input parameter \(([^)]*)\) of operator \((\w+)\) in node \(([^)]*)\) is invalid/,
    (type, input, op, node) => `operator '${op}' (node '${node}') does not take ${type} as '${input}'`,
  ],
  [
    /Opset (\d+) is under development[\s\S]*till opset (\d+)/,
    (opset, known) =>
      `opset ${opset} is newer than it knows (up to ${known}); export the model with opset ${known}`,
  ],
  [
    /Non tensor type is temporarily not supported/,
    () => 'values that are no tensors (sequences, maps, optionals) are not supported; export without them',
  ],
];

/** An error of ONNX Runtime with its node and operator. */
export function inWords(message: string): string {
  for (const [pattern, plain] of said) {
    const match = pattern.exec(message);
    if (match) return plain(...match.slice(1));
  }
  return message;
}

/** A place in C++ source code, with the name or signature of its function where one follows. */
const sourcePlace =
  /(?:\/\S+|\b\w+)\.(?:cc|cpp|h):\d+ (?:[\w:<>,&*~ ]*(?:\((?:[^()]|\([^()]*\))*\))+(?: const)?(?: \[with [^\]]*\])? |\w*(?:_|::)[\w:]+ )?/g;

/** The name of a C++ type as compilers write it. */
const mangledType = /N\d+onnxruntime\w+E\b/g;

/** A condition of the source code that does not hold, before what it means. */
const failedCondition = /(^|: )[^'":]*(?:::[^'":]*)* was false\.\s+(?=\S)/;

/** The mark of an error within another one. */
const innerError = /\[ONNXRuntimeError\] : \d+ : \w+ : /g;

/** Removes what only concerns its source code from an engine's message and shortens it. */
export function withoutSource(message: string): string {
  const text = message
    .slice(0, 4000)
    .replaceAll(sourcePlace, '')
    .replaceAll(mangledType, '')
    .replaceAll(innerError, '')
    .replace(failedCondition, '$1')
    .replace('std::bad_alloc', 'it asks for more memory than there is')
    .replace(/^Exception during initialization: /, 'an operator cannot be set up: ')
    .replace(/: (\S.*) was false\.$/, ': it fails the check $1');
  return text.length > 600 ? `${text.slice(0, 597)}...` : text;
}
