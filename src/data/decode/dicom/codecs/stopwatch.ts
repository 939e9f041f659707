const tick = 20;

/**
 * Calls `late` after `seconds` of counted time. Each timer tick counts for at most two tick lengths, so that
 * sleep or a blocked event loop does not expire a job whose answer is already queued.
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
