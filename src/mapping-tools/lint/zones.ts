/** Zones that are names to a computer, and wrong for a clinic. That a name exists at all is the compiler's to check. */
import { mapOf, partsOf, rulesOf, textAt } from '../outline.ts';
import type { Check } from './check.ts';

/** `EST` and `Etc/GMT+5` know no summer time, and the sign of the latter is the other way round (IANA, file etcetera). */
const FIXED = /^(?:Etc\/)?GMT[+-]\d+$/;
const UNIVERSAL = ['UTC', 'Etc/UTC'];

export const zones: Check = ({ head, tell }) => {
  for (const rule of rulesOf(head)) {
    for (const part of partsOf(rule)) {
      const zone = mapOf(part.get('zone'));
      for (const node of [zone?.get('const'), zone?.get('default')]) {
        const name = textAt(node);
        if (!node || name === undefined || UNIVERSAL.includes(name)) continue;
        if (name.includes('/') && !FIXED.test(name)) continue;
        const advice = 'it is an abbreviation or a fixed offset; write region and city, such as America/New_York';
        tell(node, 'zone', `"${name}" is no place's time: ${advice}`);
      }
    }
  }
};
