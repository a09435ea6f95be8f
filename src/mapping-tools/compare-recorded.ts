/** What two versions make of recorded inputs, told so that no value is shown: counts, fields, and ids of records. */
import { MappingError } from '../mapping/mapping-error.ts';
import { diffOverRecorded, type Applies, type Recorded } from './diff-over-recorded.ts';

const RECORDS_NAMED = 3;
const COUNTS = ['total', 'same', 'changed', 'failed', 'recovered', 'bothFailed'] as const;

/** A pointer with `*` for the number of an item; in how many messages; the ids of some of them. */
export interface Touched {
  readonly field: string;
  readonly messages: number;
  readonly records: readonly string[];
}

export interface Comparison extends Readonly<Record<(typeof COUNTS)[number], number>> {
  readonly changedFields: readonly Touched[];
  /** At which the new version refuses what the old one took. */
  readonly failedFields: readonly Touched[];
}

export function compareRecorded(old: Applies, now: Applies, inputs: Iterable<Recorded>): Comparison {
  let sum = sumOf([]);
  for (const input of inputs) {
    let refused: MappingError | undefined;
    const told: Applies = {
      apply(given) {
        try {
          return now.apply(given);
        } catch (error) {
          if (error instanceof MappingError) refused = error;
          throw error;
        }
      },
    };
    const { fields, ...counts } = diffOverRecorded(old, told, [input]);
    const at = (field: string): Touched => ({ field, messages: 1, records: [input.id] });
    sum = sumOf([
      sum,
      {
        ...counts,
        changedFields: fields.map(({ field }) => at(field)),
        failedFields: counts.failed > 0 ? [at(pointerOf(refused?.field ?? ''))] : [],
      },
    ]);
  }
  return sum;
}

/** Of comparisons of different inputs with the same two versions. */
export function sumOf(parts: readonly Comparison[]): Comparison {
  const sum = { total: 0, same: 0, changed: 0, failed: 0, recovered: 0, bothFailed: 0 };
  for (const part of parts) for (const key of COUNTS) sum[key] += part[key];
  return {
    ...sum,
    changedFields: together(parts.flatMap(({ changedFields }) => changedFields)),
    failedFields: together(parts.flatMap(({ failedFields }) => failedFields)),
  };
}

function together(touched: readonly Touched[]): Touched[] {
  const byField = Map.groupBy(touched, ({ field }) => field);
  return [...byField]
    .map(([field, each]) => ({
      field,
      messages: each.reduce((sum, { messages }) => sum + messages, 0),
      records: each.flatMap(({ records }) => records).slice(0, RECORDS_NAMED),
    }))
    .toSorted((a, b) => b.messages - a.messages);
}

/** `identifiers[].value` as /identifiers/\*\/value. */
const pointerOf = (field: string): string => `/${field.replaceAll('[]', '.*').split('.').join('/')}`;
