/** What one application of a mapping may cost, so that no mapping, whatever it says, holds up the process it runs in. */
import { MappingError, type Site } from './mapping-error.ts';

/**
 * An item of a list, gone through or looked at by a filter, costs 1, a part of a constant 1, a step of an expression 1, 64 characters
 * of a text 1: a page of 5,000 slots costs some 50,000.
 */
const UNITS_MAX = 1_000_000;

export class Budget {
  private left = UNITS_MAX;

  /** At the beginning of each application. */
  renew(): void {
    this.left = UNITS_MAX;
  }

  /** A text that is read, changed or made. */
  spendText(text: string, site: Site): void {
    if (text.length >= 64) this.spend(text.length >> 6, site);
  }

  spend(units: number, site: Site): void {
    this.left -= units;
    if (this.left >= 0) return;
    throw new MappingError(site, {
      sourcePath: '(all)',
      found: 'object',
      expected: `an input and an output within ${UNITS_MAX} items and parts`,
      advice:
        'A list inside a list is gone through once for each item of the outer one: filter, or ask for smaller pages.',
    });
  }
}
