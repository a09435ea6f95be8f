/** T8: an SIU message from its bytes to what an appointment needs of it, beside libraries that do the same. */
import { createRequire } from 'node:module';
import { Hl7Message } from '@medplum/core';
import { readHl7 } from '../../../src/adapter-kit/hl7v2/index.ts';
import type { Bench } from '../bench.ts';
import { holdEqual, ratesOf } from '../contest.ts';
import { siu } from '../load/siu-messages.ts';

interface SimpleHl7 {
  readonly Parser: new (options: { readonly segmentSeperator: string }) => {
    parse(text: string): {
      getSegment(name: string): { getComponent(field: number, component: number): string };
    };
  };
}

/** Segment, field, component: who, when, where, with whom. */
const PLACES = [
  ['SCH', 1, 1],
  ['SCH', 2, 1],
  ['SCH', 11, 4],
  ['SCH', 11, 5],
  ['SCH', 25, 1],
  ['PID', 3, 1],
  ['PID', 5, 1],
  ['PID', 5, 2],
  ['PID', 7, 1],
  ['AIS', 3, 1],
  ['AIP', 3, 1],
  ['AIL', 3, 1],
] as const;
const PATHS = PLACES.map(([segment, field, component]) => `${segment}-${field}.${component}`);

export const bench: Bench = {
  name: 'hl7-read',
  row: 'T8',
  title: 'an HL7 v2 message, beside two libraries',
  what: `HL7 v2: an SIU^S12 of 900 bytes, read from its bytes, and ${PLACES.length} values of it, in one thread; and the whole message as the tree that mappings read.`,
  figures: {
    hub: { what: 'hub', unit: '/s' },
    tree: { what: 'hub, the whole tree', unit: '/s' },
    simple: { what: 'simple-hl7', unit: '/s' },
    medplum: { what: '@medplum/core', unit: '/s' },
    ratio: { what: 'hub / the better peer', unit: '×', held: { better: 'more', floor: 1, goal: 1.8 } },
    treeRatio: { what: 'hub, the whole tree / the better peer', unit: '×' },
  },
  async open({ scale }) {
    const { Parser } = createRequire(import.meta.url)('simple-hl7') as SimpleHl7;
    // Without its frame.
    const bytes = siu('BENCH', 1).subarray(1, -2);
    const readers = [
      {
        name: 'hub',
        times: 30_000,
        run: () => {
          const message = readHl7(bytes);
          return PATHS.map((path) => message.get(path));
        },
      },
      {
        name: 'simple',
        times: 15_000,
        run: () => {
          const message = new Parser({ segmentSeperator: '\r' }).parse(bytes.toString());
          return PLACES.map(([segment, field, component]) =>
            message.getSegment(segment).getComponent(field, component),
          );
        },
      },
      {
        name: 'medplum',
        times: 15_000,
        run: () => {
          const message = Hl7Message.parse(bytes.toString());
          return PLACES.map(([segment, field, component]) =>
            message.getSegment(segment)?.getComponent(field, component),
          );
        },
      },
    ] as const;
    await holdEqual(readers);
    const tree = { name: 'tree', times: 15_000, run: () => readHl7(bytes).toTree() } as const;
    return {
      async round() {
        const rates = await ratesOf([...readers, tree], scale);
        const better = Math.max(rates.simple, rates.medplum);
        return { ...rates, ratio: rates.hub / better, treeRatio: rates.tree / better };
      },
    };
  },
};
