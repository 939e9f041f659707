/** The path of one sample from the baseline to the input. */
export interface GuidedPath {
  readonly position: Float64Array;
  readonly attribution: Float64Array;
  /** Moves one step along the path; features with the smallest gradients move first. */
  step(index: number, gradient: ArrayLike<number>): void;
}

const closeEnough = 1e-9;

/**
 * Guided integrated gradients (Kapishnikov et al. 2021, algorithm 1). Each step reduces the L1 distance to
 * the input by the same amount. The fraction `fraction` of features with the smallest absolute gradients
 * moves first, within `distance` of the straight line.
 */
export function startPath(
  input: ArrayLike<number>,
  baseline: ArrayLike<number>,
  {
    steps,
    fraction,
    distance,
  }: { readonly steps: number; readonly fraction: number; readonly distance: number },
): GuidedPath {
  const size = input.length;
  const position = Float64Array.from(baseline);
  const attribution = new Float64Array(size);
  const left = () => position.reduce((sum, x, i) => sum + Math.abs(input[i]! - x), 0);
  const onTheWay = (part: number, i: number) => baseline[i]! + part * (input[i]! - baseline[i]!);
  const whole = left();
  return {
    position,
    attribution,
    step(index, gradient) {
      const part = (index + 1) / steps;
      const [low, high] = [Math.max(part - distance, 0), Math.min(part + distance, 1)];
      const wanted = whole * (1 - part);
      const move = (i: number, to: number) => {
        attribution[i]! += (to - position[i]!) * gradient[i]!;
        position[i] = to;
      };
      for (let i = 0; i < size; i++) {
        const all = input[i]! - baseline[i]!;
        if (all !== 0 && (position[i]! - baseline[i]!) / all < low) move(i, onTheWay(low, i));
      }
      const rank = Math.floor((size - 1) * fraction);
      for (;;) {
        const missing = left() - wanted;
        if (missing <= closeEnough * Math.max(1, wanted)) return;
        const movable = Float64Array.from(gradient, (g, i) =>
          position[i] === onTheWay(high, i) ? Infinity : Math.abs(g),
        );
        const limit = Float64Array.from(movable).sort()[rank]!;
        let reach = 0;
        const chosen: number[] = [];
        for (let i = 0; i < size; i++) {
          if (movable[i] === Infinity || movable[i]! > limit) continue;
          chosen.push(i);
          reach += Math.abs(onTheWay(high, i) - position[i]!);
        }
        if (reach === 0) return;
        const share = Math.min(1, missing / reach);
        for (const i of chosen) {
          const end = onTheWay(high, i);
          move(i, share === 1 ? end : position[i]! + share * (end - position[i]!));
        }
      }
    },
  };
}
