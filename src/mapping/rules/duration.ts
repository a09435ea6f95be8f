/** `{ duration: { path: AIS-7.1, unit: { path: AIS-8.1 } } }`: whole minutes; with `write: iso` as PT1H30M, `write: text` as "90". */
import { compileDuration, printIso } from '../duration.ts';
import type { RuleKind } from '../rule.ts';

const PRINT: Readonly<Record<'minutes' | 'text' | 'iso', (minutes: number) => number | string>> = {
  minutes: (minutes) => minutes,
  text: String,
  iso: printIso,
};

export const durationRule: RuleKind = {
  key: 'duration',
  keys: ['write'],
  compile(map, { site, operand }) {
    const { read } = compileDuration(map, site, operand);
    const print = PRINT[map.choice('write', ['minutes', 'text', 'iso']) ?? 'minutes'];
    return (item, root) => {
      const minutes = read(item, root);
      return minutes === undefined ? undefined : print(minutes);
    };
  },
};
