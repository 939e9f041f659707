// ONNX graphs by hand: `graph.startGraph('two neurons')`.
export { type Builder, startGraph } from './builder.js';
export { float32 } from './elements.js';
export type { Constant, Graph, Node } from './graph.js';
export { readOnnx } from './read.js';
export { writeOnnx } from './write.js';
