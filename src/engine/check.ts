import { messageOf } from '../base/errors.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { type EngineName, openEngine } from './index.js';

export interface EngineCheck {
  readonly works: boolean;
  /** The run time of the test graph in milliseconds, or the reason of the failure. */
  readonly says: string;
}

/**
 * Checks that an engine works on this machine: runs a small graph and compares the result with the known
 * value.
 */
export async function checkEngine(name: EngineName): Promise<EngineCheck> {
  const engine = openEngine(name);
  try {
    const program = await engine.compile(tinyGraph());
    const begun = performance.now();
    const { y } = await program.run({ x: float32(new Float32Array(64).fill(0.5), [1, 1, 8, 8]) });
    const milliseconds = performance.now() - begun;
    if (y === undefined || Math.abs(Number(y.data[0]) - 4.5) > 1e-3) {
      return { works: false, says: `it computes ${y?.data[0]} instead of 4.5` };
    }
    return {
      works: true,
      says: `ran a small graph in ${milliseconds.toFixed(1)} ms`,
    };
  } catch (error) {
    return { works: false, says: messageOf(error) };
  } finally {
    await engine.dispose();
  }
}

/** A 3x3 convolution with ones, Relu and global average pooling. */
function tinyGraph(): Graph {
  const b = startGraph('probe');
  const kernel = b.constant(float32(new Float32Array(9).fill(1), [1, 1, 3, 3]));
  const convolved = b.emit('Conv', ['x', kernel], {});
  b.emit('GlobalAveragePool', [b.relu(convolved)], {}, 'y');
  const value = (name: string, shape: number[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', [1, 1, 8, 8])], [value('y', [1, 1, 1, 1])]);
}
