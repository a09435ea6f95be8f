/** Faults of a bad guest: it talks, it stays, it does not listen, and it is not what it says. */
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inConnector, type Broken } from './broken.ts';

const left: (Server | NodeJS.Timeout)[] = [];

/** Ends what the faulty adapters have left open. */
export function cleanUp(): void {
  for (const each of left.splice(0)) {
    if ('listen' in each) each.close();
    else clearInterval(each);
  }
}

export const manners: readonly Broken[] = [
  {
    fault: 'logs who the patient is',
    of: 'epic',
    caughtBy: ['log-without-phi'],
    breaks: inConnector((sound) => ({
      book(call, request) {
        call.log('books', { for: request.patient.name.family });
        return sound.book(call, request);
      },
    })),
  },
  {
    fault: 'does not stop at its deadline',
    of: '_template',
    caughtBy: ['abort'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        return sound.book(call, request).finally(() => delay(call.signal.aborted ? 700 : 0));
      },
    })),
  },
  {
    fault: 'leaves a timer running',
    of: 'epic',
    caughtBy: ['nothing-left-open'],
    breaks: inConnector(() => {
      left.push(setInterval(() => {}, 60_000));
      return {};
    }),
  },
  {
    fault: 'leaves a server listening',
    of: 'epic',
    caughtBy: ['nothing-left-open'],
    breaks: inConnector(() => {
      left.push(createServer().listen(0, '127.0.0.1'));
      return {};
    }),
  },
  {
    fault: 'declares what it cannot do',
    of: '_template',
    caughtBy: ['manifest'],
    breaks: (adapter) => ({
      ...adapter,
      manifest: { ...adapter.manifest, capabilities: [...adapter.manifest.capabilities, 'HoldsSlots'] },
    }),
  },
  {
    fault: 'throws its own errors at the hub',
    of: '_template',
    caughtBy: ['slot-taken'],
    breaks: inConnector((sound) => ({
      async book(call, request) {
        const outcome = await sound.book(call, request);
        if (outcome.class !== 'success') throw new Error(`booking failed: ${outcome.reason}`);
        return outcome;
      },
    })),
  },
];
