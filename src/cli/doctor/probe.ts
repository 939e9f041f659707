import { messageOf } from '../../base/errors.js';
import { type EngineName, openEngine } from '../../engine/index.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';

/** A convolution of ones, and a sum: small, but no engine can answer it without computing. */
function tinyGraph(): Graph {
  const b = startGraph('probe');
  const kernel = b.constant(float32(new Float32Array(9).fill(1), [1, 1, 3, 3]));
  const convolved = b.emit('Conv', ['x', kernel], {});
  b.emit('GlobalAveragePool', [b.emit('Relu', [convolved])], {}, 'y');
  const value = (name: string, shape: number[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', [1, 1, 8, 8])], [value('y', [1, 1, 1, 1])]);
}

async function probe(name: EngineName): Promise<number> {
  const engine = openEngine(name);
  const program = await engine.compile(tinyGraph());
  const begun = performance.now();
  const { y } = await program.run({ x: float32(new Float32Array(64).fill(0.5), [1, 1, 8, 8]) });
  const milliseconds = performance.now() - begun;
  if (y === undefined || Math.abs(Number(y.data[0]) - 4.5) > 1e-3) {
    throw new Error(`it computes ${y?.data[0]} instead of 4.5`);
  }
  await engine.dispose();
  return milliseconds;
}

/** A process of its own: where a driver takes it down, nothing else ends with it. */
probe(process.argv[2] as EngineName).then(
  (milliseconds) => process.stdout.write(`ran a small graph in ${milliseconds.toFixed(1)} ms\n`),
  (error) => {
    process.stdout.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  },
);
