/** The text of a source file with a defect in it. */
import type { Edit } from './defect.ts';

/** Throws when a text that is to be replaced is not there exactly once. */
export function planted(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { file, find, replace }) => {
    const count = text.split(find).length - 1;
    if (count !== 1)
      throw new Error(`the defect cannot be planted: ${file} has ${count} times, instead of once: ${find}`);
    return text.replace(find, () => replace);
  }, source);
}
