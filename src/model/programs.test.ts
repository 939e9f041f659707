import { expect, test } from 'vitest';
import { environmentError } from '../base/errors.js';
import type { Engine } from '../engine/engine.js';
import { startGraph } from '../graph/builder.js';
import type { Classifier } from './classifier.js';
import { programOf } from './programs.js';

function countingModel() {
  const log: string[] = [];
  const dead = new Set<string>();
  const engine: Engine = {
    name: 'counting',
    async compile(graph) {
      log.push(`compile ${graph.name}`);
      return {
        sessions: 1,
        run: async () => ({}),
        state: async () => ({}),
        alive: () => !dead.delete(graph.name),
        dispose: async () => {
          log.push(`dispose ${graph.name}`);
        },
      };
    },
    dispose: async () => {},
  };
  const graph = startGraph('').finish([], []);
  const model = { engine, graph, precision: 'float32' } as Partial<Classifier> as Classifier;
  const program = (name: string) => programOf(model, name, () => ({ ...graph, name }));
  return { log, program, model, dead };
}

test('a program is compiled once, however often it is asked for', async () => {
  const { log, program } = countingModel();
  for (let i = 0; i < 3; i++) await (await program('a')).run({});
  expect(log).toEqual(['compile a']);
});

test('what was used longest ago is put away, and compiled again when it is run', async () => {
  const { log, program } = countingModel();
  const first = await program('p0');
  for (let i = 1; i <= 4; i++) await program(`p${i}`);
  expect(log.filter((line) => line.startsWith('dispose'))).toEqual(['dispose p0']);
  await first.run({});
  expect(log.filter((line) => line === 'compile p0')).toHaveLength(2);
});

test('a build that throws does so for the caller, and is tried again', async () => {
  const { model } = countingModel();
  let fail = true;
  const build = () => {
    if (fail) throw new Error('no rule');
    return { ...model.graph, name: 'late' };
  };
  await expect(programOf(model, 'late', build)).rejects.toThrow('no rule');
  fail = false;
  await expect(programOf(model, 'late', build)).resolves.toHaveProperty('sessions', 1);
});

test("a program that ended with its engine's process is compiled again", async () => {
  const { log, program, dead } = countingModel();
  const one = await program('a');
  dead.add('a');
  await one.run({});
  await one.run({});
  expect(log).toEqual(['compile a', 'compile a']);
});

test('an error of the engine is told with the name of the model', async () => {
  const { model } = countingModel();
  const run = async () => {
    throw environmentError('the runtime ended');
  };
  const engine: Engine = {
    ...model.engine,
    compile: async (graph) => ({ ...(await model.engine.compile(graph)), run }),
  };
  const program = await programOf({ ...model, name: 'm.onnx', engine }, 'a', () => model.graph);
  await expect(program.run({})).rejects.toThrow('m.onnx: the runtime ended');
});
