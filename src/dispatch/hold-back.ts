/** When nothing may be sent on a connection, its transactions are parked: no attempt is burnt, no retry used up. */
import type { OpenConnection } from '../connections/open-connections.ts';
import { UNMAPPED } from '../connections/unmapped.ts';
import { Grouped } from '../db/database.ts';
import { parkTransactions } from '../ledger/park.ts';
import type { Ledger } from '../ledger/settle.ts';

/**
 * Whoever ends the pause (a person, the prober) wakes what waits; this is only how often it looks by itself, in case that
 * its waking was lost.
 */
export const LOOK_MS = 60_000;

const MAINTENANCE = 'maintenance';
/** So many are parked at once, and then others have their turn at the database: nobody waits for a parking. */
const PARKED_MAX = 50;
const PAUSE_MS = 50;

export function whyHeldBack({ connection, state, reason }: OpenConnection): string | undefined {
  if (state === 'paused') return 'paused';
  if (state === 'parked') return reason ?? 'parked';
  if (connection.breakerOpen) return 'breaker-open';
  const now = Date.now();
  const closed = connection.row.policy.maintenance?.some(
    ({ from, to }) => Date.parse(from) <= now && now < Date.parse(to),
  );
  return closed ? MAINTENANCE : undefined;
}

interface HeldBack {
  readonly transactionId: string;
  readonly open: OpenConnection;
  readonly reason: string;
}

/** Of a HIS that goes away all that wait are held back at once: they are written down in groups. */
export class HoldingBack {
  readonly #ledger: Ledger;
  readonly #grouped: Grouped<HeldBack, void>;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#grouped = new Grouped((all) => this.#park(all), { max: PARKED_MAX });
  }

  park(held: HeldBack): Promise<void> {
    return this.#grouped.ask(held);
  }

  async #park(all: readonly HeldBack[]): Promise<void[]> {
    const alike = Map.groupBy(all, ({ open, reason }) => `${open.connection.row.id} ${reason}`);
    for (const group of alike.values()) {
      const [first] = group;
      if (!first) continue;
      const { open, reason } = first;
      const ids = group.map(({ transactionId }) => transactionId);
      // Which end by themselves; a connection that does not work is started by somebody, who wakes what waits.
      const whileStopped = reason === MAINTENANCE || reason === UNMAPPED ? undefined : open.connection.row.id;
      await parkTransactions(this.#ledger, ids, { dueAt: nextLook(open, reason), reason, whileStopped });
    }
    if (all.length === PARKED_MAX) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return all.map(() => undefined);
  }
}

function nextLook({ connection }: OpenConnection, reason: string): string {
  const { maintenance = [] } = connection.row.policy;
  const now = Date.now();
  const opensAt = maintenance.find(({ from, to }) => Date.parse(from) <= now && now < Date.parse(to))?.to;
  return reason === MAINTENANCE && opensAt ? opensAt : new Date(now + LOOK_MS).toISOString();
}
