export { attributeCommand } from './attribute.js';
export { benchmarkCommand } from './benchmark.js';
export { methodsCommand, metricsCommand } from './registries.js';
export { scoreCommand } from './score.js';
