const tick = 20;

/**
 * Calls `late` when `seconds` have passed since the start. Time is counted in ticks, of which each counts for
 * two at most: while the machine sleeps or this thread is busy, an answer may have come that is yet to be
 * seen.
 */
export function stopwatch(seconds: number, late: () => void): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let counted = 0;
  let last = 0;
  const stop = () => clearInterval(timer);
  return {
    start() {
      last = performance.now();
      timer = setInterval(() => {
        const now = performance.now();
        counted += Math.min(now - last, 2 * tick);
        last = now;
        if (counted < 1000 * seconds) return;
        stop();
        late();
      }, tick);
    },
    stop,
  };
}
