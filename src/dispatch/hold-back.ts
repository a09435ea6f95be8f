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
/** Each turn that is taken in vain lasts so long for each that may be taken at once: a process turns away 125 a second. */
const TURNED_AWAY_MS = 8;
/** Its connection was started meanwhile, or its breaker has opened and that is not written down yet: so long it waits to be begun anew. */
const ANEW_MS = 250;

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

export interface HeldBack {
  readonly transactionId: string;
  readonly open: OpenConnection;
  readonly reason: string;
}

/** Of a HIS that goes away all that wait are held back at once: they are written down in groups, and not in haste. */
export class HoldingBack {
  readonly #ledger: Ledger;
  /** By connection: none waits for another's. */
  readonly #groups = new Map<string, Grouped<HeldBack, void>>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /**
   * To be awaited within the turn: all the others that wait have theirs right after, and so with little in between. Of a connection
   * that works turns are not held up.
   */
  async turnAway({ open, reason }: HeldBack): Promise<void> {
    if (reason !== UNMAPPED) await pause(TURNED_AWAY_MS * open.connection.bulkhead.share);
  }

  async park(held: HeldBack): Promise<void> {
    const { id } = held.open.connection.row;
    let group = this.#groups.get(id);
    if (!group) this.#groups.set(id, (group = new Grouped((all) => this.#park(all))));
    await group.ask(held);
  }

  async #park(all: readonly HeldBack[]): Promise<void[]> {
    for (const group of Map.groupBy(all, ({ reason }) => reason).values()) {
      const [first] = group;
      if (!first) continue;
      const { open, reason } = first;
      const ids = group.map(({ transactionId }) => transactionId);
      // Which end by themselves; a connection that does not work is started by somebody, who wakes what waits.
      const whileStopped = reason === MAINTENANCE || reason === UNMAPPED ? undefined : open.connection.row.id;
      const parking = { dueAt: nextLook(open, reason), reason, whileStopped };
      if (await parkTransactions(this.#ledger, ids, parking)) continue;
      await pause(ANEW_MS);
      for (const id of ids) this.#ledger.queue.begin(id);
    }
    return all.map(() => undefined);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function nextLook({ connection }: OpenConnection, reason: string): string {
  const { maintenance = [] } = connection.row.policy;
  const now = Date.now();
  const opensAt = maintenance.find(({ from, to }) => Date.parse(from) <= now && now < Date.parse(to))?.to;
  return reason === MAINTENANCE && opensAt ? opensAt : new Date(now + LOOK_MS).toISOString();
}
