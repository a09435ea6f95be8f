/** What is logged: ids and codes. */
import type { Behaviour } from '../behaviour.ts';
import type { Bench } from '../bench.ts';
import { must } from '../must.ts';
import { asBook } from '../unknown.ts';

/** Everything that names the sandbox's patients, and every secret: none of it belongs in a log. */
async function unspeakable(bench: Bench): Promise<string[]> {
  const { name, birthDate, email, phone } = await bench.patient();
  const words = [name.family, ...name.given.filter((each) => each.length > 3), birthDate, email, phone, REASON];
  return [...words.filter((each) => each !== null), ...Object.values(bench.side.settings.secrets)];
}

const FAULT_MS = 1_000;
const REASON = 'canary-of-the-reason';

export const log: readonly Behaviour[] = [
  {
    id: 'log-without-phi',
    title: 'neither a patient nor a credential is in what is logged, also when things go wrong',
    async run(bench) {
      const appointment = { ...(await bench.booking()), reason: REASON };
      const faults =
        bench.speaks === undefined ? [] : (['malformed', '500', 'error-in-200', 'html-200', 'token-expired'] as const);
      await bench.book(appointment);
      for (const fault of faults) {
        await bench.his.fault({ on: 'any', fault });
        const { transactionId } = await bench.book(
          { ...appointment, slot: await bench.slot() },
          { deadlineMs: FAULT_MS },
        );
        await bench.look(asBook(appointment), transactionId, { deadlineMs: FAULT_MS });
        await bench.call(async (call, connector) => connector.matchPatient?.(call, appointment.patient), {
          deadlineMs: FAULT_MS,
        });
        await bench.his.clearFaults();
      }
      const text = bench.logged.join('\n');
      for (const word of await unspeakable(bench)) {
        must(
          !text.includes(word),
          `what is logged contains ${word === REASON ? 'the reason of a visit' : 'a name, a date of birth or a credential'}`,
        );
      }
    },
  },
];
