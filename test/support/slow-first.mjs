// A fresh checkout knows of no test how long it takes, and Jest then begins with the largest files: what starts browsers and hubs would
// come late, and one core after the other would have nothing left to do.
import { relative } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/** The slowest first; each takes longer than most of what comes after it. */
const SLOW = ['test/web/', 'test/conformance/', 'test/chaos/', 'test/hub/'];

export default class SlowFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path, context }) => {
      const own = relative(context.config.rootDir, path).replaceAll('\\', '/');
      const found = SLOW.findIndex((folder) => own.startsWith(folder));
      return found === -1 ? SLOW.length : found;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- the sort of Jest's own sequencer, which gives a list of its own
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
}
