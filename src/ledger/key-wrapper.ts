/** Who wraps the keys at the top: the root key of a file or the environment, or a key management service that takes its place. */
import { createHmac } from 'node:crypto';
import { createSeal, type Seal } from './seal.ts';

/** `by`: the id of the key that has wrapped it; kept beside it. */
export interface Wrapped {
  readonly wrapped: Buffer;
  readonly by: string;
}

/** What a key management service has to offer to hold the root key instead. Nothing but whole keys is ever wrapped. */
export interface KeyWrapper {
  /** Names the key that wraps now, as far as this process knows. */
  readonly id: string;
  /** `row` names whose key it is, and is bound to it: in another row it does not unwrap. */
  wrap(row: string, key: Buffer): Promise<Wrapped>;
  /** `by`: the id of the key that wrapped it. Throws WrongRootKey when that key is not at hand. */
  unwrap(row: string, wrapped: Buffer, by: string): Promise<Buffer>;
  /** Looks again which key wraps: there may be a new one. */
  refresh(): Promise<void>;
}

/** What is wrapped was wrapped by another root key. */
export class WrongRootKey extends Error {
  constructor(expected: string, present: readonly string[]) {
    super(
      `this database was sealed with the root key ${expected}, and the hub was given ${present.join(', ')}: ` +
        'set TESSERA_ROOT_KEY to the right one, or put its file root.key into the data directory. Without it nothing that is sealed can be read',
    );
    this.name = 'WrongRootKey';
  }
}

/** Says which key it is, and nothing about it. */
const nameOf = (root: Buffer): string =>
  createHmac('sha256', root).update('tessera root key').digest('hex').slice(0, 16);

export type Roots = readonly [Buffer, ...Buffer[]];

/** `readRoots`: 32 bytes each. The first one wraps; the others, from before a rotation, only unwrap. */
export async function openRootWrapper(readRoots: () => Promise<Roots>): Promise<KeyWrapper> {
  let names: string[] = [];
  let seals = new Map<string, Seal>();
  const refresh = async (): Promise<void> => {
    const roots = await readRoots();
    names = roots.map(nameOf);
    seals = new Map(roots.map((root) => [nameOf(root), createSeal(root)]));
  };
  await refresh();
  const sealOf = (name: string | undefined): Seal | undefined => (name === undefined ? undefined : seals.get(name));
  return {
    get id() {
      return names[0] ?? '';
    },
    refresh,
    async wrap(row, key) {
      // Another process may have put a newer root key first; the one before is about to be forgotten.
      await refresh();
      const [by] = names;
      const seal = sealOf(by);
      if (by === undefined || !seal) throw new Error('there is no root key');
      return { wrapped: seal.close(row, key.toString('base64')), by };
    },
    async unwrap(row, wrapped, by) {
      // Another process may have wrapped it with a newer root key.
      if (!seals.has(by)) await refresh();
      const seal = sealOf(by);
      if (!seal) throw new WrongRootKey(by, names);
      return Buffer.from(seal.open(row, wrapped), 'base64');
    },
  };
}
