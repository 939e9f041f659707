import type { Progress } from './run.js';
import { clock, type StepProgress, shareOf, stepText } from './steps.js';

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const REDRAWN_MS = 100;
const LINE_MS = 15_000;
const WORTH_TELLING_MS = 2_000;
const BAR = 24;

/**
 * Shows a progress bar on a terminal, or writes a line from time to time to a file or pipe. Steps that take
 * less than two seconds leave no output.
 */
export function terminalProgress(
  terminal: Terminal = process.stderr,
  now: () => number = Date.now,
): Progress {
  return {
    start(label, total) {
      const begun = now();
      const pause = terminal.isTTY ? REDRAWN_MS : LINE_MS;
      let told = terminal.isTTY ? begun : begun + WORTH_TELLING_MS - LINE_MS;
      let [done, note] = [0, undefined as string | undefined];
      let ended = false;
      const step = (): StepProgress => ({ label, done, total, note, seconds: (now() - begun) / 1000 });
      return {
        advance(units = 1, latest) {
          done += units;
          note = latest ?? note;
          if (ended || now() - told < pause) return;
          told = now();
          terminal.write(terminal.isTTY ? `\r\x1b[K${bar(step(), terminal.columns)}` : `${line(step())}\n`);
        },
        done() {
          if (ended) return;
          ended = true;
          const worth = now() - begun >= WORTH_TELLING_MS;
          const last = worth ? `${summary(step())}\n` : '';
          terminal.write(terminal.isTTY ? `\r\x1b[K${last}` : last);
        },
      };
    },
  };
}

function bar(step: StepProgress, columns = 80): string {
  const full = Math.round(shareOf(step) * BAR);
  const text = `${step.label}  ${'█'.repeat(full)}${'░'.repeat(BAR - full)}  ${stepText(step)}`;
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}

const line = (step: StepProgress) => `${step.label}: ${stepText(step)}`;

const summary = ({ label, done, total, seconds, note }: StepProgress) =>
  [`${label}: ${done === total ? total : `${Math.floor(done)} of ${total}`} in ${clock(seconds)}`, note]
    .filter(Boolean)
    .join('  ');
