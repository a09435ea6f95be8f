/** What one run of a transaction works with. */
import type { Evidence } from '../adapter-kit/index.ts';
import type { Connections, OpenConnection } from '../connections/open-connections.ts';
import type { Log } from '../domain/index.ts';
import type { ConfirmedBookings } from '../ledger/confirmed-bookings.ts';
import type { Lease } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/settle.ts';
import type { SettlementWatch } from '../ledger/settlement-watch.ts';
import type { WorkOrder } from '../ledger/work-order.ts';

export interface DispatcherParts {
  readonly ledger: Ledger;
  readonly connections: Connections;
  readonly settlements: SettlementWatch;
  readonly log: Log;
}

/** One leased transaction at work. */
export interface Run extends DispatcherParts {
  readonly confirmed: ConfirmedBookings;
  readonly held: Lease;
  readonly open: OpenConnection;
}

/** The parts of a verdict that only the work order knows. */
export function verdictParts(work: WorkOrder, evidence?: Pick<Evidence, 'externalId' | 'identifiers'>) {
  return {
    kind: work.kind,
    slotId: work.slot.id,
    fromSlotId: work.fromSlot?.id ?? null,
    externalId: evidence?.externalId ?? null,
    identifiers: evidence?.identifiers ?? [],
    slotTaken: false,
  };
}
