import { parentPort } from 'node:worker_threads';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { messageOf } from '../base/errors.js';
import type { Constant, ElementType } from '../graph/graph.js';
import type { Answer, Asked, Question } from './protocol.js';

interface Loaded {
  readonly session: InferenceSession;
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  /** Values of carried inputs, by input name. */
  readonly state: Record<string, OrtTensor>;
}

const programs = new Map<number, Loaded>();
const port = parentPort!;

/** Questions are answered in the order in which they came. */
let last: Promise<void> = Promise.resolve();
port.on('message', (asked: Asked) => {
  last = last.then(async () => {
    const reply = await answer(asked).then(
      (arrays): Answer => ({ id: asked.id, arrays }),
      (error): Answer => ({ id: asked.id, error: messageOf(error) }),
    );
    port.postMessage(reply, 'arrays' in reply ? buffersOf(reply.arrays) : []);
  });
});

async function answer(question: Question): Promise<Record<string, Constant>> {
  switch (question.kind) {
    case 'compile': {
      const session = await InferenceSession.create(question.model, {
        executionProviders: question.provider === 'cpu' ? ['cpu'] : [question.provider, 'cpu'],
        graphOptimizationLevel: question.blocked ? 'all' : 'extended',
        intraOpNumThreads: question.threads,
        logSeverityLevel: 3,
      });
      programs.set(question.program, { session, carry: question.carry, state: toOrt(question.state) });
      return {};
    }
    case 'run':
      return run(find(question.program), question.feeds, question.outputs);
    case 'state':
      return fromOrt(find(question.program).state, true);
    case 'release': {
      await find(question.program).session.release();
      programs.delete(question.program);
      return {};
    }
  }
}

async function run(
  { session, carry, state }: Loaded,
  feeds: Readonly<Record<string, Constant>>,
  outputs: readonly string[] | undefined,
): Promise<Record<string, Constant>> {
  const wanted = outputs ?? session.outputNames.filter((name) => !(name in carry));
  const results = await session.run({ ...state, ...toOrt(feeds) }, [...wanted, ...Object.keys(carry)]);
  for (const [output, input] of Object.entries(carry)) state[input] = results[output]!;
  return fromOrt(Object.fromEntries(wanted.map((name) => [name, results[name]!])), false);
}

function find(program: number): Loaded {
  const loaded = programs.get(program);
  if (!loaded) throw new Error('the program was disposed of');
  return loaded;
}

function toOrt(arrays: Readonly<Record<string, Constant>>): Record<string, OrtTensor> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { type, data, shape }]) => [
      name,
      new OrtTensor(type as 'float32', data as Float32Array, shape),
    ]),
  );
}

function fromOrt(tensors: Readonly<Record<string, OrtTensor>>, keep: boolean): Record<string, Constant> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data, dims }]) => {
      const own = data as Constant['data'];
      return [name, { type: type as ElementType, data: keep ? own.slice() : own, shape: dims }];
    }),
  );
}

/** Each buffer once; two outputs may be one tensor. */
function buffersOf(arrays: Readonly<Record<string, Constant>>): ArrayBuffer[] {
  return [...new Set(Object.values(arrays).map(({ data }) => data.buffer as ArrayBuffer))];
}
