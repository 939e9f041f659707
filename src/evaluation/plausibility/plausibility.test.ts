import { describe, expect, it } from 'vitest';
import { quietly } from '../../base/run.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';
import { bodyOf } from './body.js';

const map = tensor(Float32Array.of(4, 2, 0, 1, 1, -9, 0, 2), [2, 4]);
const ones = (...at: number[]) =>
  tensor(
    Uint8Array.from({ length: 8 }, (_, p) => (at.includes(p) ? 1 : 0)),
    [2, 4],
  );
const scored = (more: Partial<Scored>): Scored => ({ map, seed: 0, run: quietly, ...more });

describe('where relevance may be', () => {
  it('is the share of the positive map in a mask, or outside the body', async () => {
    expect(await scoreMap('relevance-in-anatomy', scored({ anatomy: ones(0, 5) }))).toEqual({ value: 0.4 });
    expect(await scoreMap('relevance-on-artefacts', scored({ artefacts: ones(1) }))).toEqual({ value: 0.2 });
    const { value } = await scoreMap('relevance-outside-body', scored({ body: ones(0, 1, 3, 4) }));
    expect(value).toBeCloseTo(0.2, 12);
  });

  it('is not in the other half, unless the finding is there too', async () => {
    const side = (mask: Tensor<Uint8Array>) => scoreMap('relevance-on-wrong-side', scored({ mask }));
    expect((await side(ones(0))).value).toBeCloseTo(0.3, 12);
    expect((await side(ones(7))).value).toBeCloseTo(0.7, 12);
    expect((await side(ones(0, 7))).reason).toBe('the finding is on both sides of the middle');
  });

  it('calls body all but the dark pixels that reach the edge', () => {
    const image = tensor(Float32Array.of(0, 0, 0, 0, 0, 5, 9, 7, 0.3, 6, 0, 8, 0, 4, 8, 9), [1, 4, 4]);
    expect([...bodyOf(image).data]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1]);
  });

  it('refuses a mask of another size by its name', async () => {
    const small = scored({ anatomy: tensor(new Uint8Array(4), [2, 2]) });
    await expect(scoreMap('relevance-in-anatomy', small)).rejects.toThrow("and the mask 'anatomy' [2,2]");
  });
});
