import { describe, expect, it } from 'vitest';
import type { Builder } from '../graph/builder.js';
import { explained } from '../testing/networks/two-by-two.js';

describe('in float64', () => {
  it('IsNaN and IsInf are supported', async () => {
    const { made } = await explained(
      (x, b) => b.where(b.emit('IsNaN', [x]), 0, b.where(b.emit('IsInf', [x]), 0, b.relu(x))),
      'gradient',
      'float64',
    );
    expect(made.precision).toBe('float64');
  });

  it('an operator without a float64 form is named', async () => {
    const det = (x: string, b: Builder) => b.add(x, b.unsqueeze(b.emit('Det', [x]), [2, 3]));
    await expect(explained(det, 'gradient', 'float64')).rejects.toThrow("operator 'Det' (node 'sl.Det.");
  });
});
