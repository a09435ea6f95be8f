/** Tries a connection without changing anything, in the order in which a booking would need things. */
import { AdapterError, type Call, type CheckStep } from '#adapter-kit';
import { Refused, type Bundle, type EpicClient } from './client.ts';

const DAY_MS = 24 * 60 * 60_000;

export async function* check(client: EpicClient, call: Call): AsyncIterable<CheckStep> {
  const { clientId, tokenUrl, probePatientId, interconnect, visitTypes } = client.settings;
  const pages: Bundle[] = [];
  const steps: readonly (readonly [CheckStep['step'], string, () => Promise<unknown>])[] = [
    ['auth', `${tokenUrl} gave client ${clientId} a token`, () => client.signIn(call)],
    [
      'read',
      'slots of the next day were searched for, in each visit type',
      async () => {
        for (const visitType of visitTypes) {
          const [from, to] = [new Date(call.now()).toISOString(), new Date(call.now() + DAY_MS).toISOString()];
          const body = call.map('find-request', { patientId: probePatientId, from, to, visitType });
          pages.push(await client.bundle(call, { version: 'STU3', path: 'Appointment/$find', intent: 'read', body }));
        }
      },
    ],
    [
      'map',
      'what was found is understood',
      () => Promise.resolve(pages.map((bundle) => call.map('slot', { bundle, visitType: visitTypes[0] }))),
    ],
    [
      'write',
      interconnect === undefined
        ? 'bookings can be sent; cancelling is not licensed here, so it stays with the staff'
        : 'bookings and cancellations can be sent (nothing was)',
      () => Promise.resolve(),
    ],
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

function detailOf(error: unknown): string {
  if (error instanceof Refused) {
    const { reason, vendorCode } = error.refusal;
    return `the site answered ${vendorCode ?? 'with a refusal'} (${reason}): see the table of codes in adapters/epic/README.md`;
  }
  if (error instanceof AdapterError) return error.message;
  throw error;
}
