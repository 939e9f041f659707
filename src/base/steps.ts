/** Where a step of work stands, in numbers that every kind of progress bar shows. */
export interface Standing {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly seconds: number;
  readonly note?: string;
}

export const shareOf = ({ done, total }: Standing): number => (total > 0 ? Math.min(done / total, 1) : 1);

/** `45 %  12/27  1:23 left  accuracy 0.91` */
export function standingText(standing: Standing): string {
  const { done, total, seconds, note } = standing;
  const share = shareOf(standing);
  const left = share > 0 && share < 1 ? `${clock((seconds * (1 - share)) / share)} left` : '';
  return [`${Math.floor(share * 100)} %`, `${done}/${total}`, left, note].filter(Boolean).join('  ');
}

/** `0:07`, `12:34`, `3:05:00` */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
