import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SightlineError } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { mutate } from '../../testing/mutate.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import { decodeDicom } from './dicom/decode.js';

const rounds = 10_000;
const largest = 9_000;

describe.skipIf(!sharedIsThere)('damaged DICOM files', () => {
  test('10,000 mutated files give an image or a SightlineError, nothing else', async () => {
    const sources = readdirSync(sharedPath('data', 'dicom'))
      .map((name) => sharedPath('data', 'dicom', name))
      .filter((path) => !/\.(json|csv)$/i.test(path) && statSync(path).size <= largest)
      .map((path) => new Uint8Array(readFileSync(path)));
    expect(sources.length).toBeGreaterThan(40);

    const outcomes = { image: 0, input: 0, unsupported: 0, usage: 0, environment: 0, limit: 0, cancelled: 0 };
    for (let round = 0; round < rounds; round++) {
      const random = seededRandom(`fuzz/${round}`);
      const source = sources[round % sources.length]!;
      const bytes = mutate(source, random, sources[random.below(sources.length)]!);
      try {
        await decodeDicom(bytes, `round ${round}`, { raw: round % 2 === 0 });
        outcomes.image += 1;
      } catch (error) {
        if (!(error instanceof SightlineError)) throw new Error(`round ${round} threw`, { cause: error });
        expect(error.message).toContain(`round ${round}: `);
        outcomes[error.kind] += 1;
      }
    }
    console.info('10,000 mutated files:', outcomes);
    expect(outcomes.image).toBeGreaterThan(1500);
    expect(outcomes.input).toBeGreaterThan(1500);
    expect(outcomes.environment + outcomes.limit + outcomes.cancelled + outcomes.usage).toBe(0);
  }, 120_000);
});
