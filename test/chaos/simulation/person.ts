/** The support desk, after the storm: replays what failed or is in doubt, looks at the HIS itself where nothing else helps. */
import type { ResolveInput } from '../../../src/commands/resolve.ts';
import type { Caller } from '../../../src/domain/index.ts';
import type { Checked } from './checks.ts';
import type { Clients } from './clients.ts';
import { present, type AppointmentAtHis, type Hospital } from './hospital.ts';
import type { TransactionRow } from './ledger-view.ts';

export interface Desk {
  readonly clients: Clients;
  readonly checked: Checked;
  readonly caller: Caller;
  /** Waits until nothing goes on by itself any more. */
  readonly settle: () => Promise<void>;
  readonly trace: (line: string) => void;
}

/** What waits behind a disputed change may be disputed in its turn. */
const ROUNDS = 8;

export async function settleByHand(desk: Desk): Promise<void> {
  const { clients, checked, caller, settle, trace } = desk;
  const waiting = (...states: string[]): TransactionRow[] =>
    checked.view.transactions().filter(({ state }) => states.includes(state));
  for (let round = 0; round < ROUNDS && waiting('failed', 'needs_review').length > 0; round += 1) {
    for (const { id } of round < 2 ? waiting('failed', 'needs_review') : []) {
      trace(`desk    replays ${id}`);
      // Replaying twice is the same as once.
      void clients.insist((hub) => hub.replay(caller, id));
      void clients.insist((hub) => hub.replay(caller, id));
    }
    await settle();
    for (const disputed of waiting('needs_review')) {
      const input = look(checked, disputed);
      trace(`desk    resolves ${disputed.id} as ${JSON.stringify(input)}`);
      void clients.insist((hub) => hub.resolve(caller, disputed.id, input));
    }
    await settle();
  }
}

/** What a person sees at the HIS; and puts in order there, where a change was left half done. */
function look(
  { view, hospitals }: Checked,
  { id, kind, connectionId, appointmentId, slotId }: TransactionRow,
): ResolveInput {
  const hospital = hospitals.get(connectionId);
  if (!hospital) throw new Error(`no HIS is behind connection ${connectionId}`);
  const reason = 'seen at the HIS';
  const mine = [...hospital.appointments.values()].filter(
    ({ madeBy }) => madeBy !== undefined && view.transaction(madeBy)?.appointmentId === appointmentId,
  );
  const there = mine.filter(isBooked);
  if (kind === 'cancel') return { as: there.length === 0 ? 'booked' : 'absent', reason };
  const wanted = there.find((each) => (kind === 'book' ? each.madeBy === id : present(each).slot === slotId));
  if (!wanted) return { as: 'absent', reason };
  for (const other of there) if (other !== wanted) cancelAtDesk(hospital, other);
  return { as: 'booked', externalId: wanted.id, reason };
}

const isBooked = (appointment: AppointmentAtHis): boolean => present(appointment).status === 'booked';

function cancelAtDesk(hospital: Hospital, { id }: AppointmentAtHis): void {
  hospital.write({ kind: 'cancel', id }, undefined, 0);
}
