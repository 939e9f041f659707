import { speakingOf } from '../base/errors.js';
import type { Engine, Program } from '../engine/engine.js';
import type { Graph } from '../graph/graph.js';
import type { Classifier } from './classifier.js';
import { inPrecision } from './precision.js';

/** The number of programs that an engine keeps ready: each holds its weights and working memory. */
export const keptPrograms = 4;

interface Entry {
  readonly program: Promise<Program>;
  running: number;
}

/** What each engine has compiled, the one that was used longest ago first. */
const ready = new WeakMap<Engine, Map<string, Entry>>();
const numbers = new WeakMap<Classifier, number>();
let models = 0;

/**
 * The program of `build` in the model's precision, compiled once for each model and `key`. An engine keeps
 * the programs that were used last; one that was put away is compiled again when it is next run. Throws what
 * `build` throws.
 */
export async function programOf(
  model: Classifier,
  key: string,
  build: () => Graph,
): Promise<Pick<Program, 'run' | 'sessions'>> {
  const { sessions } = await acquire(model, key, build).program;
  return {
    sessions,
    async run(feeds, outputs) {
      const entry = await living(model, key, build);
      entry.running++;
      try {
        return await (await entry.program).run(feeds, outputs).catch(named(model));
      } finally {
        entry.running--;
      }
    },
  };
}

/** An entry whose program can run: one that went down with its engine's process is compiled again. */
async function living(model: Classifier, key: string, build: () => Graph): Promise<Entry> {
  const entry = acquire(model, key, build);
  if ((await entry.program).alive()) return entry;
  const programs = ready.get(model.engine)!;
  const name = nameOf(model, key);
  if (programs.get(name) === entry) programs.delete(name);
  return acquire(model, key, build);
}

function acquire(model: Classifier, key: string, build: () => Graph): Entry {
  const { engine } = model;
  const programs = ready.get(engine) ?? new Map<string, Entry>();
  ready.set(engine, programs);
  const name = nameOf(model, key);
  const found = programs.get(name);
  programs.delete(name);
  const entry = found ?? {
    program: (async () => {
      const graph = inPrecision(model, build());
      return engine.compile(graph).catch(named(model));
    })(),
    running: 0,
  };
  programs.set(name, entry);
  if (!found) {
    entry.program.catch(() => programs.delete(name));
    putAway(programs);
  }
  return entry;
}

/** Frees all programs of an engine; one that is run later is compiled again. */
export async function releasePrograms(engine: Engine): Promise<void> {
  const entries = [...(ready.get(engine)?.values() ?? [])];
  ready.delete(engine);
  await Promise.allSettled(entries.map(async ({ program }) => (await program).dispose()));
}

function putAway(programs: Map<string, Entry>) {
  const idle = [...programs].filter(([, { running }]) => running === 0);
  for (const [name, { program }] of idle.slice(0, Math.max(0, programs.size - keptPrograms))) {
    programs.delete(name);
    program.then((one) => one.dispose()).catch(() => {});
  }
}

/** Says whose program it was that an engine could not compile or run. */
const named = ({ name, graph }: Classifier) => speakingOf(name ?? graph.name);

const nameOf = (model: Classifier, key: string) => `${numberOf(model)} ${key}`;

function numberOf(model: Classifier): number {
  const number = numbers.get(model) ?? models++;
  numbers.set(model, number);
  return number;
}
