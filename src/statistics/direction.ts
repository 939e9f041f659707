/** Which of two scores is the better one. */
export type Direction = 'higher' | 'lower';
