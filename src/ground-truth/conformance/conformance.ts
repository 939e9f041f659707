import { join } from 'node:path';
import { attribute } from '../../attribution/attribute.js';
import { inputError } from '../../base/errors.js';
import { exists, makeFolder, sha256, writeWhole } from '../../base/files.js';
import type { GivenOptions } from '../../base/options.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { startGraph } from '../../graph/builder.js';
import type { Graph, Value } from '../../graph/graph.js';
import { formatOnnx } from '../../graph/write.js';
import { classifierOf } from '../../model/load.js';
import { formatNpy, readNpy } from '../../tensor/npy.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';
import type { ConformanceCase } from './case.js';
import { type ExactMethod, exactMethods, type HandNetwork, handNetworks } from './networks.js';
import { suppressorCases } from './suppressors.js';

/** How far a map may be from the exact one: of the greatest magnitude of both, single precision. */
export const tolerance = 1e-5;

/** A network's graph: an image `[N, 1, 2, 2]` in; `[N, 2]`, the number and its negative, out. */
export function graphOf({ name, build }: Pick<HandNetwork, 'name' | 'build'>): Graph {
  const net = startGraph(name);
  const flat = net.emit('Flatten', ['image']);
  const at = (i: number) => net.slice(flat, [{ axis: 1, start: i, end: i + 1, step: 1 }]);
  const output = build(net, [at(0), at(1), at(2), at(3)]);
  const logits = net.alias(net.concat([output, net.neg(output)], 1), 'logits');
  const value = (of: string, shape: Value['shape']): Value => ({ name: of, type: 'float32', shape });
  return net.finish([value('image', ['N', 1, 2, 2])], [value(logits, ['N', 2])]);
}

/** The inputs of a network `[N, 1, 2, 2]`. */
export const inputsOf = ({ points }: HandNetwork): Tensor => images(points.map(({ x }) => x));

/** The exact map `[N, 1, 2, 2]` of a method for class 0; `undefined` where it is not stated. */
export function exactOf({ points }: HandNetwork, method: ExactMethod): Tensor | undefined {
  const maps = points.flatMap(({ exact }) => {
    const own = exact[method];
    return own ? [own] : [];
  });
  return maps.length === points.length ? images(maps) : undefined;
}

const images = (rows: readonly (readonly number[])[]): Tensor => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, 1, 2, 2],
});

/** One comparison of a map with the exact one. */
export interface Conformity {
  readonly network: string;
  readonly method: string;
  /** The greatest difference, relative to the greatest magnitude of the exact map (1 where that is zero). */
  readonly error: number;
  readonly conforms: boolean;
}

/** Options with which a method asks exactly what is stated. */
const optionsFor: Readonly<Record<ExactMethod, (baseline: number) => GivenOptions>> = {
  gradient: () => ({}),
  'input-x-gradient': () => ({}),
  // The waves turn at eighths of the path: midpoints of a multiple of eight steps are exact.
  'integrated-gradients': (baseline) => ({ baseline, rule: 'middle', steps: 48 }),
  deeplift: (baseline) => ({ baseline }),
  'shapley-exact': (baseline) => ({ baseline, segments: 'each' }),
  occlusion: (baseline) => ({ baseline, window: [1], stride: [1] }),
};

/** A hand-weighted network with its stated maps. */
function caseOf(network: HandNetwork): ConformanceCase {
  const { name, shows, baseline } = network;
  const exact = exactMethods.flatMap((method) => {
    const map = exactOf(network, method);
    return map ? [[method, { map, own: { method, options: optionsFor[method](baseline) } }] as const] : [];
  });
  const [graph, input] = [graphOf(network), inputsOf(network)];
  return { name, shows, baseline, graph, input, exact: Object.fromEntries(exact) };
}

/** All networks whose maps are known exactly. */
export const conformanceCases: readonly ConformanceCase[] = [...handNetworks.map(caseOf), ...suppressorCases];

/** Compares the library's own methods with the exact maps of all networks. */
export async function ownConformity(engine: Engine, run: RunContext): Promise<Conformity[]> {
  const found: Conformity[] = [];
  const step = run.progress.start('explaining networks of known maps', conformanceCases.length);
  for (const { name, graph, input, exact } of conformanceCases) {
    const model = await classifierOf(graph, name, { engine });
    const targets = Array<number>(input.shape[0]!).fill(0);
    for (const [method, { map: theirs, own }] of Object.entries(exact)) {
      await checkpoint(run);
      const ours =
        'computed' in own
          ? own.computed()
          : (await attribute(model, own.method, input, targets, own.options, { seed: 0, run })).map;
      found.push(compared(name, method, ours, theirs));
    }
    step.advance();
  }
  step.done();
  return found;
}

/**
 * Writes each network with its inputs and exact maps below `out`: `NETWORK/model.onnx`, `x.npy`,
 * `METHOD.npy`, `data.npy` where some are estimated from data, and `conformance.json`, which says what each
 * shows, the baseline, the target and the files' SHA-256.
 */
export async function writeConformance(out: string): Promise<void> {
  const cases = [];
  for (const { name, shows, baseline, graph, input, data, exact } of conformanceCases) {
    const folder = join(out, name);
    await makeFolder(folder);
    const files = [
      ['model.onnx', formatOnnx(graph)] as const,
      ['x.npy', formatNpy(input)] as const,
      ...(data ? [['data.npy', formatNpy(data)] as const] : []),
      ...Object.entries(exact).map(([method, { map }]) => [`${method}.npy`, formatNpy(map)] as const),
    ];
    for (const [file, bytes] of files) await writeWhole(join(folder, file), bytes);
    cases.push({
      ...{ name, shows, baseline, target: 0 },
      files: Object.fromEntries(files.map(([file, bytes]) => [file, sha256(bytes)])),
    });
  }
  const about = { format: 'sightline-conformance', version: 1, tolerance, cases };
  await writeWhole(join(out, 'conformance.json'), `${JSON.stringify(about, null, 1)}\n`);
}

/**
 * Compares maps of another program with the exact ones: `maps/NETWORK/METHOD.npy`, of the shape of the
 * exact file. A map that is not there is left out; throws an input error for other shapes, or where there
 * is none.
 */
export async function givenConformity(maps: string): Promise<Conformity[]> {
  const found: Conformity[] = [];
  for (const { name, exact: all } of conformanceCases) {
    for (const [method, { map: exact }] of Object.entries(all)) {
      const path = join(maps, name, `${method}.npy`);
      if (!(await exists(path))) continue;
      const map = toFloat32(await readNpy(path));
      if (`${map.shape}` !== `${exact.shape}`)
        throw inputError(`${path}: has shape [${map.shape}]; the exact map has [${exact.shape}]`);
      found.push(compared(name, method, map, exact));
    }
  }
  if (found.length === 0)
    throw inputError(`${maps}: has no map; NETWORK/METHOD.npy is expected, as sightline conformance writes`);
  return found;
}

function compared(network: string, method: string, map: Tensor, exact: Tensor): Conformity {
  const greatest = exact.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let error = 0;
  for (let i = 0; i < exact.data.length; i++)
    error = Math.max(error, Math.abs(map.data[i]! - exact.data[i]!) / (greatest || 1));
  return { network, method, error, conforms: error <= tolerance };
}
