import type { Program } from '../engine/engine.js';
import type { Graph } from '../graph/graph.js';
import type { Classifier } from './classifier.js';
import { inPrecision } from './precision.js';

const compiled = new WeakMap<Classifier, Map<string, Promise<Program>>>();

/** The program of `build` in the model's precision, compiled once for each model and `key`. */
export function programOf(model: Classifier, key: string, build: () => Graph): Promise<Program> {
  const programs = compiled.get(model) ?? new Map<string, Promise<Program>>();
  compiled.set(model, programs);
  const found = programs.get(key);
  if (found) return found;
  // A build that throws does so here, for every caller alike.
  const started = (async () => model.engine.compile(inPrecision(model, build())))();
  programs.set(key, started);
  started.catch(() => programs.delete(key));
  return started;
}
