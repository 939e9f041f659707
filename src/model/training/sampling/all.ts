import type { Sampler } from './sampler.js';

export const all: Sampler = { name: 'all', doc: 'takes each once', draw: (samples) => samples };
