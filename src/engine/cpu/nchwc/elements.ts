import type { Writer } from './layout.js';

/**
 * Elementwise operators: the layout does not matter when all operands share it. Scalars broadcast in any
 * layout.
 */
export const elements: Writer = (node, layout) => {
  const [y] = node.outputs as [string];
  const channels = layout.channels(y);
  // The bounds of Clip are scalars.
  const met = node.op === 'Clip' ? node.inputs.slice(0, 1) : node.inputs;
  const whole = met.filter((value) => value !== '' && !layout.single(value));
  const there = whole.filter(layout.toNchwc);
  const others = whole.filter((value) => !layout.toNchwc(value));
  if (
    !channels ||
    node.outputs.length > 1 ||
    there.length === 0 ||
    !whole.every((value) => layout.same(value, y))
  )
    return false;
  const moved = others.every((value) => layout.outlines.get(value)?.type === 'float32') && layout.wanted(y);
  if (others.length > 0 && !moved) return false;
  const inputs = node.inputs.map((value) => (whole.includes(value) ? layout.blocked(value) : value));
  const isNumber = layout.outlines.get(y)?.type === 'float32';
  const made = layout.makeBlocked(y, channels, isNumber ? undefined : node);
  layout.add({ ...node, inputs, outputs: [made] });
  return true;
};
