/** Faults in reading what a HIS posts by itself. */
import type { Connector, ReceivedPush } from '#adapter-kit';
import { inConnector, type Broken } from './broken.ts';

const reading = (faulty: (push: ReceivedPush) => ReceivedPush): Broken['breaks'] =>
  inConnector((sound: Connector) => ({
    receivePush: async (call, pushed) => {
      const push = await sound.receivePush?.(call, pushed);
      if (push === undefined) throw new Error('the sound adapter takes no pushes');
      return faulty(push);
    },
  }));

export const pushes: readonly Broken[] = [
  {
    fault: 'says of every push that something has changed, never what',
    of: 'cerner',
    caughtBy: ['push-names-the-slot', 'push-is-known-again', 'push-is-answered'],
    breaks: reading((push) => ({ ...push, changes: [{ kind: 'anything' }] })),
  },
  {
    fault: 'gives each reading of a push a key of its own',
    of: 'xml-his',
    caughtBy: ['push-is-known-again'],
    breaks: reading((push) => ({ ...push, messageId: crypto.randomUUID() })),
  },
  {
    fault: 'gives all pushes one key',
    of: 'cerner',
    caughtBy: ['push-is-known-again'],
    breaks: reading((push) => ({ ...push, messageId: 'push' })),
  },
  {
    fault: 'answers a push with nothing to read',
    of: 'xml-his',
    caughtBy: ['push-is-answered'],
    breaks: reading((push) => ({ ...push, acknowledge: () => ({ contentType: '', body: '' }) })),
  },
  {
    fault: 'makes something of whatever is posted',
    of: 'cerner',
    caughtBy: ['push-garbage'],
    breaks: inConnector((sound) => ({
      receivePush: async (call, pushed) =>
        (await sound.receivePush?.(call, pushed).catch(() => undefined)) ?? {
          messageId: 'garbage',
          changes: [],
          acknowledge: () => undefined,
        },
    })),
  },
];
