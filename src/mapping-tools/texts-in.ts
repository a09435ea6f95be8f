/** Files of a directory as the texts that the hub keeps of a version. */
import { join } from 'node:path';
import { fileText } from '../mapping/file-text.ts';
import { Problem } from '../mapping/yaml-file.ts';
import { UsageError } from './finding.ts';
import { othersIn } from './find-mappings.ts';

/** The texts of <name>.yaml and of what it names, by their path below the directory. Throws UsageError. */
export function filesIn(directory: string, name: string): Record<string, string> {
  const mapping = `${name}.yaml`;
  const { [mapping]: text = '' } = textsAt(directory, [mapping]);
  return {
    [mapping]: text,
    ...textsAt(
      directory,
      othersIn(directory).filter((each) => text.includes(each)),
    ),
  };
}

/** By their path below the directory. Throws UsageError for what is no text. */
export function textsAt(directory: string, paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, textAt(directory, path)]));
}

function textAt(directory: string, path: string): string {
  try {
    return fileText(directory, path);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new UsageError(`${join(directory, path)}: ${error.message}`);
  }
}
