/** Sends corpora at a hub, and tells what came of them. */
import type { Corpus, Outcome } from './corpus.ts';
import { shareOf } from './corpus.ts';
import { hostileHl7 } from './hl7.ts';
import { methodsAndHeaders } from './http.ts';
import { mustReadJson, mustRefuseJson } from './json.ts';
import { accessTokens, clientAssertions } from './jws.ts';
import { paths } from './paths.ts';
import { naughtyStrings } from './strings.ts';
import type { Target } from './target.ts';
import { hostileXml } from './xml.ts';

export const CORPORA: readonly Corpus[] = [
  mustRefuseJson,
  mustReadJson,
  naughtyStrings,
  accessTokens,
  clientAssertions,
  hostileXml,
  hostileHl7,
  paths,
  methodsAndHeaders,
];

export interface Attacked {
  readonly corpus: string;
  readonly what: string;
  readonly at: string;
  readonly cases: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** What must not be: a crash, a 5xx, an input that was read as something else. */
  readonly failures: readonly string[];
}

const AT_ONCE = 8;

export async function attackWith(target: Target, corpus: Corpus, share = 1): Promise<Attacked> {
  const { name, what, at } = corpus;
  const cases = shareOf(await corpus.cases(target), share);
  const outcomes = { taken: 0, refused: 0, closed: 0 };
  const failures: string[] = [];
  const waiting = cases.values();
  const work = async (): Promise<void> => {
    for (const each of waiting) {
      try {
        outcomes[await each.run(target)] += 1;
      } catch (error) {
        failures.push(`${each.name}: ${error instanceof Error ? error.message : ''}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await target
    .isWell()
    .catch((error: unknown) => failures.push(`afterwards: ${error instanceof Error ? error.message : ''}`));
  return { corpus: name, what, at, cases: cases.length, outcomes, failures };
}
