/** Whether a figure reaches what it is held to. */
import type { Figure } from './bench.ts';
import { shown } from './numbers.ts';

export interface Verdict {
  readonly reached: 'goal' | 'floor' | 'nothing';
  /** For the table: what is missed, and by how much. */
  readonly words: string;
}

/** Undefined for a figure that is held to nothing. */
export function verdictOn({ held }: Pick<Figure, 'held'>, value: number): Verdict | undefined {
  if (!held) return undefined;
  const reaches = (aim: number): boolean => (held.better === 'more' ? value >= aim : value <= aim);
  if (reaches(held.goal)) return { reached: 'goal', words: 'goal met' };
  if (reaches(held.floor)) return { reached: 'floor', words: `floor met, goal missed by ${missed(value, held.goal)}` };
  return { reached: 'nothing', words: `floor missed by ${missed(value, held.floor)}` };
}

/** By how many percent of the aim; where the aim is nothing at all, how many there are. */
const missed = (value: number, aim: number): string =>
  aim === 0 ? shown(value) : `${shown((Math.abs(value - aim) / aim) * 100)} %`;
