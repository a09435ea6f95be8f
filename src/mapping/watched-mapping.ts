/** A mapping compiled a second time, to be watched at work: which rule made what, of what, and what was never read. */
import { compileMapping, type Contracts, type Mapping } from './compile-mapping.ts';
import { MappingError, MappingLoadError } from './mapping-error.ts';
import { Recorder, type Branch, type Recorded } from './recorder.ts';
import type { RuleScope } from './rule.ts';
import { YamlFile } from './yaml-file.ts';

/** What one input did. `error`, instead of `output`, where it does not fit; the rest then tells how far it came. */
export interface Observation extends Recorded {
  readonly output: unknown;
  readonly error: MappingError | undefined;
}

export interface WatchedMapping {
  readonly mapping: Mapping;
  observe(input: unknown): Observation;
  /** Every way that every fork can go, with `taken: 0`. */
  branches(): readonly Branch[];
}

export interface MappingSource {
  /** As messages call it: mappings/x/slot.yaml. */
  readonly file: string;
  readonly text: string;
  /** The mapping's name, which is the file's without .yaml. */
  readonly name: string;
}

/** Throws MappingLoadError with all problems of the file. */
export function watchMapping(
  { file, text, name }: MappingSource,
  contracts: Contracts,
  table: RuleScope['table'],
): WatchedMapping {
  const recorder = new Recorder();
  const yaml = new YamlFile(file, text, recorder);
  const mapping = compileMapping(yaml, name, contracts, table);
  if (!mapping) throw new MappingLoadError(yaml.problems);
  return {
    mapping,
    branches: () => recorder.branches(),
    observe(input) {
      let output: unknown;
      let error: MappingError | undefined;
      const recorded = recorder.record(input, (watched) => {
        try {
          output = mapping.apply(watched);
        } catch (thrown) {
          if (!(thrown instanceof MappingError)) throw thrown;
          error = thrown;
        }
      });
      return { ...recorded, output, error };
    },
  };
}
