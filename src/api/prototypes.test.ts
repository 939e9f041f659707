import { describe, expect, it } from 'vitest';
import { prototypeScores } from '../benchmark/prototype-scores.js';
import { prototypeNetwork as network, lesionSamples as samples } from '../testing/prototype-network.js';
import { modelOf } from './model.js';
import { prototypePanels, prototypeTree } from './prototypes.js';

const plain = { normalisation: 'zero-one' } as const;

describe('the prototypes of a network', () => {
  it('are scored on what they show', async () => {
    const model = await modelOf(network('protopnet'), plain);
    const { prototypes, localisation, global, distance } = await prototypeScores(model, samples, { best: 3 });
    expect(prototypes.map(({ purity }) => purity)).toEqual([1, 0, 1]);
    expect(prototypes.map(({ consistent }) => consistent)).toEqual([true, false, true]);
    expect(prototypes.map(({ duplicateOf }) => duplicateOf)).toEqual([undefined, undefined, 0]);
    expect(prototypes[0]!.background).toBe(0);
    expect(localisation).toBe(1);
    expect(global).toBe(2);
    expect(distance).toBeCloseTo((4 * 0.25) / 9, 6);
  });

  it('are shown beside their patches, with what they add', async () => {
    const model = await modelOf(network('protopnet'), plain);
    const figure = await prototypePanels(model, samples[1]!, samples, { target: 0 });
    const texts = JSON.stringify(figure.layout.annotations);
    // log(1 / 0.0001) = 9.21, with the weights 2 and 1.
    expect(texts).toContain('9.21 x 2.00 = 18.42');
    expect(texts).toContain('9.21 x 1.00 = 9.21');
    expect(JSON.stringify(figure.layout.title)).toContain('27.63 in all');
  });

  it('are drawn as a tree with the path of an image', async () => {
    const model = await modelOf(network('prototree'), plain);
    const figure = await prototypeTree(model, samples[0]!, samples);
    // White is present: right; white again: right.
    const wide = figure.data.filter(({ line }) => (line as { width: number }).width === 4);
    expect(wide).toHaveLength(2);
    expect(figure.layout.images).toHaveLength(3);
    await expect(
      prototypeTree(await modelOf(network('protopnet'), plain), samples[0]!, samples),
    ).rejects.toThrow('is a protopnet and has no tree');
  });

  it('are refused where a network has none', async () => {
    const bare = await modelOf({ ...network('protopnet'), metadata: {} }, plain);
    await expect(prototypeScores(bare, samples)).rejects.toMatchObject({ kind: 'unsupported' });
  });
});
