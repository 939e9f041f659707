import type { GpuCost } from './cost.js';
import type { MapDifference } from './maps.js';

/** Everything that one check of a GPU found. */
export interface GpuReport {
  readonly engine: string;
  readonly machine: string;
  readonly peers: string;
  readonly seconds: number;
  readonly maps: readonly MapDifference[];
  readonly costs: readonly GpuCost[];
}

/** The report as a Markdown page. */
export function gpuTables({ engine, machine, peers, seconds, maps, costs }: GpuReport): string {
  const networks = [...new Set(maps.map(({ network }) => network))];
  const methods = [...new Set(maps.map(({ method }) => method))];
  const difference = (network: string, method: string) => {
    const found = maps.find((one) => one.network === network && one.method === method);
    if (found?.difference !== undefined) return found.difference.toExponential(1);
    return found?.why === 'not reached in time' ? 'not reached' : '–';
  };
  const time = (value: number | undefined) => value?.toPrecision(3) ?? '–';
  return [
    `# Engine ${engine}`,
    '',
    `${machine}; beside it: ${peers}; ${seconds.toFixed(0)} s in all.`,
    '',
    ...(maps.length > 0
      ? [
          "## Maps: relative L2 difference from the CPU's",
          '',
          ...table(
            ['method', ...networks],
            methods.map((method) => [method, ...networks.map((network) => difference(network, method))]),
          ),
          '',
        ]
      : []),
    '## Time: milliseconds an image',
    '',
    ...table(
      ['network', 'batch', 'method', 'Sightline', 'peers', 'ratio', 'note'],
      costs.map(({ network, batch, method, ours, theirs, why }) => [
        network,
        String(batch),
        method,
        time(ours),
        time(theirs),
        ours !== undefined && theirs !== undefined ? (ours / theirs).toFixed(2) : '–',
        (why ?? '').replaceAll('|', '/').slice(0, 120),
      ]),
    ),
    '',
  ].join('\n');
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
