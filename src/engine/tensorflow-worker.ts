import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { parseOnnx } from '../graph/read.js';
import type { Arrays } from './engine.js';
import { serve } from './serve.js';
import { interpret, type Schedule, scheduleOf } from './tensorflow/interpret.js';
import { nativePackage } from './tensorflow/native.js';
import { checkOperators } from './tensorflow/operators.js';
import { fromConstant, toConstant, type Value } from './tensorflow/value.js';

interface Loaded {
  readonly constants: ReadonlyMap<string, Value>;
  /** Values of carried inputs, by input name. */
  readonly state: Map<string, Value>;
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  /** The outputs that are not carried. */
  readonly outputs: readonly string[];
  scheduleFor(outputs: readonly string[]): Schedule;
}

// Production mode skips value checks and console warnings.
tf.enableProdMode();
const native = nativePackage();
// Node 22 warns of functions that the package calls, and users cannot change that.
if (native) Object.assign(process, { noDeprecation: true });
if (native) createRequire(__filename)(native);
const ready = native ? tf.ready() : tf.setBackend('cpu');

serve<Loaded>({
  async compile({ model, carry, state }) {
    await ready;
    const graph = parseOnnx(model, 'program');
    checkOperators(graph);
    const schedules = new Map<string, Schedule>();
    return {
      constants: valuesOf(graph.initializers),
      state: valuesOf(Object.entries(state)),
      carry,
      outputs: graph.outputs.map(({ name }) => name).filter((name) => !Object.hasOwn(carry, name)),
      scheduleFor(outputs) {
        const key = JSON.stringify(outputs);
        const schedule = schedules.get(key) ?? scheduleOf(graph, outputs);
        schedules.set(key, schedule);
        return schedule;
      },
    };
  },
  async run({ constants, state, carry, outputs, scheduleFor }, { feeds, outputs: asked }) {
    const wanted = asked ?? outputs;
    const fed = valuesOf(Object.entries(feeds));
    try {
      const schedule = scheduleFor([...new Set([...wanted, ...Object.keys(carry)])]);
      const found = interpret(schedule, new Map([...constants, ...state, ...fed]));
      const results = await arraysOf(wanted.map((name) => [name, found.get(name)!]));
      for (const [name, value] of found) {
        const input = carry[name];
        if (input === undefined) value.tensor.dispose();
        else {
          state.get(input)?.tensor.dispose();
          state.set(input, value);
        }
      }
      return results;
    } finally {
      dispose(fed);
    }
  },
  state: ({ state }) => arraysOf([...state]),
  async release({ constants, state }) {
    dispose(constants);
    dispose(state);
  },
});

const valuesOf = (constants: Iterable<readonly [string, Parameters<typeof fromConstant>[0]]>) =>
  new Map([...constants].map(([name, constant]) => [name, fromConstant(constant)]));

async function arraysOf(values: readonly (readonly [string, Value])[]): Promise<Arrays> {
  const found = await Promise.all(
    values.map(async ([name, value]) => [name, await toConstant(value)] as const),
  );
  return Object.fromEntries(found);
}

function dispose(values: ReadonlyMap<string, Value>): void {
  for (const { tensor } of values.values()) tensor.dispose();
}
