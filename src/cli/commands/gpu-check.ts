import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../base/files.js';
import { unknownName } from '../../base/names.js';
import { flag, integer, number, text } from '../../base/options.js';
import { costCases, costNetworks } from '../../benchmark/cost/attribution.js';
import { gpuCosts } from '../../benchmark/gpu/cost.js';
import { mapDifferences } from '../../benchmark/gpu/maps.js';
import { startPeer } from '../../benchmark/gpu/peer.js';
import { gpuTables } from '../../benchmark/gpu/report.js';
import { openEngine } from '../../engine/index.js';
import { command } from '../command.js';
import { card } from '../doctor/gpu.js';
import { engineFlags, engineFrom } from '../engine-flags.js';

/** The peers' script of this folder, which an installed package does not have. */
const script = resolve(__dirname, '../../../environment/gpu/peer.py');

const timed = ['forward', 'training', ...new Set(costCases.map(({ method }) => method))];

export const gpuCheckCommand = command({
  name: 'gpu-check',
  summary:
    "Compares a GPU's maps with the CPU's and times methods and training, beside PyTorch, Captum and zennit where python3 has them.",
  flags: {
    networks: text({
      doc: 'networks to time, separated by commas',
      default: Object.keys(costNetworks)
        .filter((name) => !costNetworks[name]!.asks)
        .join(','),
    }),
    batches: text({ doc: 'images in a batch, separated by commas', default: '16' }),
    methods: text({
      doc: 'what to time, separated by commas: forward, training, and methods by name; all also compares the maps',
      default: 'all',
    }),
    repeats: integer({ doc: 'measurements of each; the median counts', default: 3, min: 1, max: 1000 }),
    minutes: number({
      doc: 'after this time nothing more is begun; half of it is for the maps at most',
      default: 3.5,
      min: 0.1,
      max: 1000,
    }),
    out: text({ doc: 'the folder of the results', default: 'outputs/gpu-check' }),
    json: flag({ doc: 'print what report.json holds', default: false }),
    ...engineFlags,
    engine: { ...engineFlags.engine, default: 'auto' as const },
  },
  examples: [
    'sightline gpu-check',
    'sightline gpu-check --engine webgpu --networks resnet18 --batches 16,64',
  ],
  async run({ flags, print, run }) {
    const methods = flags.methods === 'all' ? undefined : flags.methods.split(',');
    for (const name of methods ?? [])
      if (!timed.includes(name)) throw unknownName(timed, name, 'method that gpu-check times');
    const begun = performance.now();
    const within = (share: number) => () => performance.now() - begun < share * flags.minutes * 60_000;
    await makeFolder(flags.out);
    const engine = await engineFrom(flags, run);
    const cpu = openEngine('cpu');
    const peer = await startPeer(script, engine.name === 'cpu' ? 'cpu' : 'cuda');
    try {
      const maps = methods ? [] : await mapDifferences(engine, cpu, run, within(0.5));
      const plan = {
        networks: flags.networks.split(','),
        batches: flags.batches.split(',').map(Number),
        ...(methods && { methods }),
        repeats: flags.repeats,
        peer,
        inTime: within(1),
      };
      const costs = await gpuCosts(engine, plan, run);
      const report = {
        engine: engine.name,
        machine: (await card()).found,
        peers: peer?.about ?? 'no python3 with PyTorch',
        seconds: (performance.now() - begun) / 1000,
        maps,
        costs,
      };
      const page = gpuTables(report);
      const text = JSON.stringify(report, null, 2);
      await writeFile(join(flags.out, 'report.json'), text);
      await writeFile(join(flags.out, 'report.md'), page);
      if (flags.json) return print(text);
      print(page);
      print(`written to ${flags.out}/report.md and report.json`);
    } finally {
      peer?.end();
      await cpu.dispose();
    }
  },
});
