/** The progress of one step, as all progress bars show it. */
export interface StepProgress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly seconds: number;
  readonly note?: string;
}

export const shareOf = ({ done, total }: StepProgress): number => (total > 0 ? Math.min(done / total, 1) : 1);

/** Formats what is done of a step, such as `12/27`; an item that is done in part counts when it ends. */
export const countOf = ({ done, total }: StepProgress): string => `${Math.floor(done)}/${total}`;

/** Formats a step's progress, such as `45 %  12/27  1:23 left  accuracy 0.91`. */
export function stepText(step: StepProgress): string {
  const { seconds, note } = step;
  const share = shareOf(step);
  const left = share > 0 && share < 1 ? `${clock((seconds * (1 - share)) / share)} left` : '';
  return [`${Math.floor(share * 100)} %`, countOf(step), left, note].filter(Boolean).join('  ');
}

/** Formats a duration in seconds, such as `0:07`, `12:34` or `3:05:00`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
