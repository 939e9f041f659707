import { commandsPage } from './commands.js';
import { datasetsPage } from './datasets.js';
import { methodsPage } from './methods.js';
import { metricsPage } from './metrics.js';

/** The pages that are written from declarations, by their path. */
export const pages = (): Readonly<Record<string, string>> => ({
  'docs/cli.md': commandsPage(),
  'docs/datasets.md': datasetsPage(),
  'docs/methods.md': methodsPage(),
  'docs/metrics.md': metricsPage(),
});
