export const methods = ['gradient', 'gradcam', 'random', 'sobel'];
export const metrics = ['relevance-rank', 'pointing-game', 'deletion'];

/** The command line of a small benchmark that draws its images below `drawn` and writes to `out`. */
export const smallBenchmark = (drawn: string, out: string, ...more: string[]) => [
  ...['benchmark', '--dataset', 'phantom', '--dataset-option', 'images=80;size=64', '--size', '32'],
  ...[
    '--epochs',
    '5',
    '--rate',
    '0.01',
    '--width',
    '8',
    '--stride',
    '2',
    '--batch',
    '8',
    '--augment',
    'flip',
  ],
  ...['--metrics', metrics.join(','), '--explain', '5', '--steps', '8', '--draw', drawn, '--out', out],
  ...['--methods', methods.join(','), ...more],
];
