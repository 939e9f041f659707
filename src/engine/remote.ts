import { environmentError, inputError, SightlineError } from '../base/errors.js';
import { stopped } from '../base/run.js';
import type { Constant, Graph, Value } from '../graph/graph.js';
import { withoutUnused } from '../graph/tidy.js';
import { formatOnnx } from '../graph/write.js';
import { sizeOf } from '../tensor/tensor.js';
import { asGiven, type Prepare, type RunOnce } from './cpu/prepare.js';
import { turn, turnBack } from './cpu/turned.js';
import type { Arrays, CompileOptions, Engine } from './engine.js';
import { overLimit } from './limits.js';
import { modelFile } from './model-file.js';
import { type Channel, type CompileRequest, type EngineRequest, interrupted, type Open } from './protocol.js';
import { withoutSource } from './runtime-errors.js';

export interface RemoteOptions {
  /** The name of `--engine`. */
  readonly name: string;
  readonly tf32?: boolean;
  /** The name in error messages. */
  readonly label: string;
  readonly open: Open;
  readonly prepare?: Prepare;
  /** Whether the runtime reads large weights from a file. */
  readonly readsFiles?: boolean;
  /** Whether to use the NCHWc layout for a graph. */
  readonly blocked?: (graph: Graph, options: CompileOptions) => boolean;
  /** Translates a known error message of the runtime into advice; `undefined` keeps the message. */
  readonly explain?: (message: string) => string | undefined;
  /** Asks the driver for the free memory of the device, in bytes. */
  readonly freeMemory?: () => number | undefined;
}

/**
 * An engine that runs in a separate thread or process, started with the first program. When that one ends,
 * all pending requests fail, and the next compilation starts a new one.
 */
export function remoteEngine(options: RemoteOptions): Engine {
  let link: Link | undefined;
  let programs = 0;
  let free: { readonly bytes: number | undefined } | undefined;
  return {
    name: options.name,
    tf32: options.tf32,
    freeMemory() {
      free ??= { bytes: options.freeMemory?.() };
      return free.bytes;
    },
    async compile(graph, given = {}) {
      const { carry = {}, state = {} } = given;
      if (!link?.alive()) link = connect(options);
      const { ask, alive } = link;
      const program = programs++;
      const carried = new Set(Object.values(carry));
      const inputs = graph.inputs.filter(({ name }) => !carried.has(name));
      const blocked = options.blocked?.(graph, given) ?? false;
      const compile = async (
        of: Graph,
        request: Pick<CompileRequest, 'program' | 'blocked' | 'carry' | 'state'>,
      ) => {
        if (!options.readsFiles) return ask({ kind: 'compile', model: formatOnnx(of), ...request });
        const { remove, ...files } = modelFile(of);
        return ask({ kind: 'compile', ...files, ...request }).finally(remove);
      };
      const once: RunOnce = async (other, feeds) => {
        const own = programs++;
        await compile(other, { program: own, blocked: false, carry: {}, state: {} });
        try {
          return await ask({ kind: 'run', program: own, feeds, outputs: undefined });
        } finally {
          await ask({ kind: 'release', program: own });
        }
      };
      const prepared = (await options.prepare?.(graph, blocked, given, once)) ?? asGiven(graph);
      const { turned } = prepared;
      await compile(withoutUnused(prepared.graph), { program, blocked, carry, state: turn(state, turned) });
      return {
        sessions: 1,
        async run(feeds, outputs) {
          checkFeeds(inputs, feeds);
          return ask({ kind: 'run', program, feeds, outputs });
        },
        state: async () => turnBack(await ask({ kind: 'state', program }), turned),
        alive,
        async dispose() {
          if (alive()) await ask({ kind: 'release', program });
        },
      };
    },
    async dispose() {
      await link?.end();
    },
  };
}

interface Link {
  ask(request: EngineRequest): Promise<Arrays>;
  alive(): boolean;
  end(): Promise<void>;
}

function connect({ label, open, explain }: RemoteOptions): Link {
  const waiting = new Map<number, { resolve(arrays: Arrays): void; reject(error: Error): void }>();
  let requests = 0;
  let ended: Error | undefined;
  const fail = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const channel: Channel = open({
    answer(answer) {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      // While it is ended, it is held until it is gone: the program would else end first, and say nothing.
      if (waiting.size === 0 && !ended) channel.hold(false);
      if ('arrays' in answer) asker?.resolve(answer.arrays);
      else if (answer.kind !== 'environment') asker?.reject(new SightlineError(answer.kind, answer.error));
      else
        asker?.reject(
          environmentError(`${label}: ${withoutSource(explain?.(answer.error) ?? answer.error)}`),
        );
    },
    gone: (how) => fail(how === interrupted ? stopped() : endOf(label, how)),
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const id = requests++;
        waiting.set(id, { resolve, reject });
        channel.hold(true);
        channel.post({ ...request, id });
      }),
    alive: () => ended === undefined,
    async end() {
      fail(stopped());
      await channel.end();
    },
  };
}

/** The error about the end of a thread or process. */
const endOf = (label: string, how: string) =>
  new SightlineError(how.startsWith(overLimit) ? 'limit' : 'environment', `${label} ${how}`);

/** Throws an input error for a missing input, or one whose type or shape differs from the declared one. */
function checkFeeds(inputs: readonly Value[], feeds: Arrays): void {
  for (const { name, type, shape } of inputs) {
    const given = feeds[name];
    const wanted = `input '${name}' takes ${type}${shape ? ` [${shape}]` : ''}`;
    if (!given) throw inputError(`${wanted}; nothing was given`);
    const fits = !shape || (shape.length === given.shape.length && shape.every(matches(given)));
    if (given.type !== type || !fits) throw inputError(`${wanted}; got ${given.type} [${given.shape}]`);
    if (given.data.length !== sizeOf(given.shape)) {
      throw inputError(`${wanted}; ${given.data.length} values do not fill the shape [${given.shape}]`);
    }
  }
}

const matches = (given: Constant) => (length: number | string, axis: number) =>
  typeof length === 'string' || length === given.shape[axis];
