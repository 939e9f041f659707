import { closeSync, openSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import type { Graph } from '../graph/graph.js';
import { formatOnnx, formatSplit } from '../graph/write.js';
import type { CompileRequest } from './protocol.js';
import { newPath, writeAt } from './shared-file.js';

/** The size of all initializers in bytes from which they pass through a file. */
const large = 1 << 24;

export interface ModelFile extends Pick<CompileRequest, 'model' | 'weights'> {
  /** Removes the file of the weights. */
  remove(): void;
}

/**
 * The ONNX file of a graph. Large weights are written to a file of their own, which ONNX Runtime maps into
 * memory: within a message they would be copied several times.
 */
export function modelFile(graph: Graph): ModelFile {
  const size = [...graph.initializers.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (size < large || process.platform !== 'linux') return { model: formatOnnx(graph), remove: () => {} };
  const weights = newPath();
  const remove = () => rmSync(weights, { force: true });
  const { model, parts } = formatSplit(graph, basename(weights));
  const file = openSync(weights, 'wx', 0o600);
  try {
    for (const { at, bytes } of parts) writeAt(file, bytes, at);
  } catch (error) {
    remove();
    throw error;
  } finally {
    closeSync(file);
  }
  return { model, weights, remove };
}
