import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { temporaryTree } from '../testing/tree.js';
import { countsOf, importanceIn, someOf } from './importance.js';
import { suiteHtml } from './report.js';
import { enrichment } from './roles.js';
import { enrichmentOf, runSuite } from './run.js';
import { type Scenario, scenariosOf } from './suites.js';
import { cellsOf, intervalOf } from './summary.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const scenario: Scenario = {
  name: 'linear-suppressor',
  dataset: 'linear-suppressor',
  options: { images: 400 },
  training: { architecture: 'logistic', epochs: 30, batch: 32, rate: 0.05, hide: 0, decay: 0 },
  accuracy: 0.95,
  asks: 'which feature is blamed',
};
const settings = {
  methods: 'gradient,activation-pattern,random',
  metrics: 'precision,deletion',
  seeds: 2,
  explain: 4,
  precision: 'auto',
} as const;

it('a suite blames the suppressor by the gradient and not by patterns, and resumes', async () => {
  const out = await temporaryTree();
  const results = await runSuite([scenario], settings, out, engine, quietly);
  expect(results[0]!.models.map(({ accuracy }) => accuracy >= scenario.accuracy)).toEqual([true, true]);
  const cells = cellsOf(results);
  const of = (method: string) =>
    cells.find((cell) => cell.method === method && cell.metric === enrichmentOf('suppressor'))!.mean;
  // The best weights are (1, -1.28): about half of the gradient lies on the suppressor.
  expect(of('gradient')).toBeGreaterThan(0.8);
  expect(of('activation-pattern')).toBeLessThan(0.2);
  const mass = cells.find(({ metric, method }) => metric === 'mass on suppressor' && method === 'gradient')!;
  expect(mass.mean).toBeCloseTo(of('gradient') / 2, 6);
  const images = results[0]!.models.map((model) => model.images.map(({ id }) => id));
  expect(images[0]).toEqual(images[1]);
  // Half of the images is the cause: without it nothing is left to tell the classes apart.
  expect(results[0]!.models[0]!.images.some(({ changes }) => changes)).toBe(true);
  const again = await runSuite([scenario], settings, out, engine, quietly);
  expect(again[0]!.models).toEqual(results[0]!.models);
  const importance = await importanceIn(scenario, out, quietly);
  expect(await importanceIn({ ...scenario, name: 'again' }, out, quietly)).toEqual(importance);
  expect(await readdir(join(out, 'definitions'))).toHaveLength(1);
  const counts = (name: string) => {
    const { cause, others } = countsOf(importance, name);
    return [cause.important, others.important];
  };
  expect(counts('association')).toEqual([32, 0]);
  expect(counts('conditional contribution')).toEqual([32, 32]);
  const html = await suiteHtml('test', results, [{ problem: scenario.name, ...importance }]);
  expect(html).toContain('cause 32 of 32<br>others 0 of 32');
  expect(html).toContain('2 of 2 reach 0.95');
  expect(html).toContain('data:image/png');
  expect(html).toContain('red speaks for the class of the image, blue against it.');
  const [one] = results[0]!.models;
  const reached = async (...accuracies: number[]) =>
    suiteHtml(
      'test',
      [{ ...results[0]!, models: accuracies.map((accuracy) => ({ ...one!, accuracy })) }],
      [],
    );
  expect(await reached(0.9999, 1)).toContain('<td>1.000</td>');
  const range = await reached(1, 0.95);
  expect(range).toContain('<td>0.950 to 1.000</td>');
  expect(range).toContain('R2 of a regression: least to greatest of the models</th>');
  expect(await suiteHtml('test', results, [], 'class:1-0')).toContain('red speaks for a greater class:1-0');
  const severity = results.map((one) => ({
    ...one,
    scenario: { ...scenario, task: { task: 'stated-value' } as const },
  }));
  expect(await suiteHtml('test', severity, [])).toContain('red speaks for a greater predicted number');
  expect(results[0]!.folders[1]).toBe(join(out, 'linear-suppressor', 'model-1'));
}, 120_000);

it('a suite explains the difference of two outputs where it is asked to', async () => {
  const out = await temporaryTree();
  const asked = { ...settings, methods: 'gradient', metrics: 'precision', seeds: 1, target: 'class:1-0' };
  const [result] = await runSuite([scenario], asked, out, engine, quietly);
  const text = await readFile(join(result!.folders[0]!, 'config.json'), 'utf8');
  expect(JSON.parse(text).target).toBe('class:1-0');
  expect(result!.models[0]!.images).toHaveLength(4);
  expect(result!.models[0]!.images.filter(({ right }) => right).length).toBeGreaterThan(2);
}, 120_000);

it('images are drawn for definitions from all classes, also where these alternate', () => {
  const drawn = someOf(Array.from({ length: 4000 }, (_, i) => i));
  expect(new Set(drawn).size).toBe(2000);
  const odd = drawn.filter((i) => i % 2 === 1).length;
  expect(Math.abs(odd - 1000)).toBeLessThan(100);
  expect(someOf([3, 1])).toEqual([3, 1]);
});

it('the enrichment of a map that tells no pixels apart is 1', () => {
  const mask = Uint8Array.of(1, 0, 0, 1);
  expect(enrichment({ data: Float32Array.of(2, -2, 2, -2), shape: [2, 2] }, mask)).toBe(1);
  expect(enrichment({ data: Float32Array.of(3, 0, 0, -1), shape: [2, 2] }, mask)).toBe(2);
  expect(enrichment({ data: new Float32Array(4), shape: [2, 2] }, mask)).toBeNaN();
});

it('repeats the clinical scenarios on radiographs, and no others', () => {
  const names = scenariosOf('clinical', 'cxr').map(({ name }) => name);
  expect(names).toContain('lesion');
  expect(names).toContain('lesion-radiographs');
  const [first, its] = ['lesion', 'lesion-radiographs'].map((name) =>
    scenariosOf('clinical', 'cxr').find((one) => one.name === name),
  );
  expect(first!.options).not.toHaveProperty('contrast');
  expect(its!.options).toMatchObject({ images: 600, contrast: 0.6, radiographs: 'cxr' });
  expect(scenariosOf('clinical', undefined)).toHaveLength(names.length / 2);
  expect(() => scenariosOf('quick', 'cxr')).toThrow("option 'radiographs' is for the suite clinical");
});

it('intervals over models are those of Student', () => {
  const { mean, low, high } = intervalOf([1, 2, 3]);
  expect(mean).toBe(2);
  // t of 2 degrees at 97.5 %: 4.3027
  expect(high - mean).toBeCloseTo(4.3027 / Math.sqrt(3), 3);
  expect(mean - low).toBeCloseTo(high - mean, 12);
  expect(intervalOf([4]).low).toBeNaN();
  expect(intervalOf([0.9, 0.95, 1], [0, 1])).toMatchObject({ low: expect.closeTo(0.826, 3), high: 1 });
});
