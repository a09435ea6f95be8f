/** Tries a connection without changing anything, in the order in which a booking would need things. */
import { AdapterError, type Call, type CheckStep } from '#adapter-kit';
import { Refused, type CernerClient } from './client.ts';
import { practitionersOf, slotPages, slotsIn } from './slots.ts';

const DAY_MS = 24 * 60 * 60_000;

export async function* check(client: CernerClient, call: Call): AsyncIterable<CheckStep> {
  const { clientId, tokenUrl, serviceTypes } = client.settings;
  const read: (() => unknown)[] = [];
  const steps: readonly (readonly [CheckStep['step'], string, () => Promise<unknown>])[] = [
    ['auth', `${tokenUrl} gave client ${clientId} a token`, () => client.signIn(call)],
    [
      'read',
      'slots of the next day were searched for, of one practitioner in each service type',
      async () => {
        const practitionerId = await somePractitioner(client, call);
        const [from, to] = [new Date(call.now()).toISOString(), new Date(call.now() + DAY_MS).toISOString()];
        for (const serviceType of serviceTypes) {
          for await (const page of slotPages(client, call, { practitionerId, serviceType, from, to })) {
            read.push(() => slotsIn(call, page, practitionerId, serviceType));
            break;
          }
        }
      },
    ],
    ['map', 'what was found is understood', () => Promise.resolve(read.map((understand) => understand()))],
    ['write', 'the token allows to book, change and hold (nothing was sent)', () => mayWrite(client, call)],
  ];
  for (const [step, detail, work] of steps) {
    try {
      await work();
    } catch (error) {
      yield { step, ok: false, detail: detailOf(error) };
      return;
    }
    yield { step, ok: true, detail };
  }
}

async function somePractitioner(client: CernerClient, call: Call): Promise<string> {
  const [first] = await practitionersOf(client, call);
  if (first !== undefined) return first;
  throw new AdapterError(
    'misconfigured',
    'no-practitioners',
    'expected at least one active practitioner, found none: name them in the setting "practitionerIds"',
  );
}

async function mayWrite(client: CernerClient, call: Call): Promise<void> {
  const missing = [...(await client.signIn(call))].filter((scope) => scope.endsWith('.write'));
  if (missing.length === 0) return;
  throw new AdapterError(
    'misconfigured',
    'scope-missing',
    `the token lacks ${missing.join(', ')}: have the client registered for it, or leave it out of the setting "scopes"`,
  );
}

function detailOf(error: unknown): string {
  if (error instanceof Refused) {
    const { reason, vendorCode } = error.refusal;
    return `the domain answered ${vendorCode ?? 'with a refusal'} (${reason}): see the table of codes in adapters/cerner/README.md`;
  }
  if (error instanceof AdapterError) return error.message;
  throw error;
}
