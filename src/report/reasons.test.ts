import { afterAll, describe, expect, it } from 'vitest';
import { reasonsOf } from '../benchmark/reasons.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { classifierOf } from '../model/load.js';
import { lesionSamples, prototypeNetwork } from '../testing/prototype-network.js';
import { reasonsHtml } from './reasons.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

async function pageOf(kind: 'protopnet' | 'prototree'): Promise<string> {
  const classes = ['white', 'other'];
  const model = await classifierOf(prototypeNetwork(kind), kind, {
    engine,
    classes,
    normalisation: 'zero-one',
  });
  const samples = lesionSamples.slice(0, 2);
  const cases = {
    samples,
    targets: samples.map(() => 0),
    predictions: samples.map(() => ({ prediction: 'white', probability: 1 })),
  };
  const reasons = await reasonsOf(model, { train: lesionSamples, test: lesionSamples }, cases, 0);
  expect(reasons!.examples.map(({ id }) => id)).toEqual(['a']);
  return reasonsHtml({ reasons: reasons!, cases, classes });
}

describe('the reasons of a network of prototypes in a report', () => {
  it('are its prototypes beside their patches, and what these are worth', async () => {
    const page = await pageOf('protopnet');
    expect(page).toContain('This looks like that');
    expect(page.match(/id="reasons-/g)).toHaveLength(2);
    expect(page).toContain('9.21 x 2.00 = 18.42');
    // White lies on the lesion, grey beside it; the third is the first once more.
    expect(page).toContain('<tr><td>0</td><td>a</td><td>1.000</td><td>yes</td>');
    expect(page).toMatch(/<tr><td>1<\/td><td>a<\/td><td>0\.000<\/td><td>no<\/td>/);
    expect(page).toMatch(/<tr><td>2<\/td>.*<td>0<\/td><\/tr>/);
  });

  it('are the way through its tree', async () => {
    const page = await pageOf('prototree');
    expect(page).toContain('The way through the tree');
    expect(page).toContain('present');
  });

  it('are none of other networks', async () => {
    const graph = { ...prototypeNetwork('protopnet'), metadata: {} };
    const model = await classifierOf(graph, 'plain', { engine });
    const task = { train: lesionSamples, test: lesionSamples };
    expect(await reasonsOf(model, task, { samples: lesionSamples }, 0)).toBeUndefined();
  });
});
