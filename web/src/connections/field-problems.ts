import { Problem } from '../api/problem.ts';

/** What is wrong with each member, by its pointer, e.g. /config/baseUrl. */
export type FieldProblems = Readonly<Record<string, string>>;

export const problemsOf = (error: unknown): FieldProblems =>
  error instanceof Problem
    ? Object.fromEntries(error.fields.map(({ pointer, detail }) => [pointer.replace(/^#/, ''), detail]))
    : {};
