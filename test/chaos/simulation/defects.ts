/**
 * Planted defects: each takes one rule of the hub away, by rewriting a statement, the adapter, a policy or an edge. A checker
 * that does not find them proves nothing.
 */
import { SANDBOX_POLICY, TRANSACTION_EDGES, type Policy } from '../../../src/domain/index.ts';
import { IS_OLDEST_OPEN } from '../../../src/ledger/hand-over.ts';
import type { AdapterFlaws } from './simulated-adapter.ts';

export interface Defect {
  readonly what: string;
  /** The seed, of 100 operations, by which it was found first. */
  readonly foundBy: number;
  /** Text of statements, and what stands there instead. */
  readonly rewrite?: readonly (readonly [string, string])[];
  readonly flaws?: Partial<AdapterFlaws>;
  readonly policy?: Partial<Policy>;
  readonly sweeps?: false;
  readonly probes?: false;
  readonly keepsKeys?: false;
  /** Attempts are written with their results only. */
  readonly writesAttemptsLate?: true;
  /** Changes the table of states; returns what undoes it. */
  readonly edges?: () => () => void;
}

export const DEFECTS: Readonly<Record<string, Defect>> = {
  'no-fencing': {
    foundBy: 9,
    what: 'a worker whose lease is over still writes what it found',
    rewrite: [
      [
        'where id = $1 and state = $2 and lease_token is not distinct from $3::uuid',
        'where id = $1 and ($2::text is not null or $3::uuid is not null)',
      ],
      // A lost worker's attempt has its result already; that alone would refuse a second one.
      [
        'where a.transaction_id = $1 and a.lease_token = $2 and r.attempt_id is null',
        'where $1::uuid is null and $2::uuid is null',
      ],
    ],
  },
  'retry-on-timeout': {
    foundBy: 8,
    what: 'a lost answer is taken for a request that was never executed',
    flaws: { retriesLostAnswers: true },
  },
  'attempt-after-send': { foundBy: 0, what: 'the attempt is written after the call', writesAttemptsLate: true },
  'ignore-conflict': { foundBy: 2, what: 'a taken slot is taken for a success', flaws: { ignoresConflicts: true } },
  'order-off': {
    foundBy: 16,
    what: 'changes of one appointment go out in any order',
    rewrite: [[IS_OLDEST_OPEN, 'true']],
  },
  'one-look': {
    foundBy: 44,
    what: 'the first look is believed, whatever it shows',
    policy: { lookupScheduleMs: [100] },
  },
  'absence-at-once': {
    foundBy: 86,
    what: 'one absence proves that nothing happened',
    policy: { absenceGapMs: 0, lookupScheduleMs: [100, 2_000, 10_000] },
  },
  'no-sweeper': { foundBy: 1, what: 'what the queue forgets is forgotten', sweeps: false },
  'keys-forgotten': { foundBy: 1, what: 'a repeated request is a new one', keepsKeys: false },
  'claims-not-exclusive': {
    foundBy: 0,
    what: 'a slot may be claimed by two',
    rewrite: [
      [`and status = 'free' and start_at > now()`, 'and start_at > now()'],
      [
        'insert into slot_claim (slot_id, appointment_id) select id, $5 from taken',
        'insert into slot_claim (slot_id, appointment_id) select id, $5 from taken on conflict do nothing',
      ],
      [`and s.status = 'free' and s.start_at > now()`, 'and s.start_at > now()'],
      [
        'insert into slot_claim (slot_id, appointment_id) select slot_id, appointment_id from made',
        'insert into slot_claim (slot_id, appointment_id) select slot_id, appointment_id from made on conflict do nothing',
      ],
    ],
  },
  'replay-without-look': {
    foundBy: 16,
    what: 'a replay sends what may have been executed, without asking first',
    edges: () => {
      const edge = TRANSACTION_EDGES.find(({ from, on }) => from === 'needs_review' && on === 'replayed');
      return edge ? replaceMember(edge, 'to', 'queued') : () => {};
    },
  },
  'blind-resend': {
    foundBy: 2,
    what: 'what may have been executed is sent again, and not looked for',
    edges: () => {
      const edge = TRANSACTION_EDGES.find(({ from, on }) => from === 'sending' && on === 'answer-lost');
      return edge ? replaceMember(edge, 'to', 'retrying') : () => {};
    },
  },
  'no-prober': { foundBy: 3, what: 'a connection that was parked is never tried again', probes: false },
};

function replaceMember<T extends object, K extends keyof T>(of: T, member: K, value: T[K]): () => void {
  const before = of[member];
  Object.assign(of, { [member]: value });
  return () => void Object.assign(of, { [member]: before });
}

export const policyOf = (defect: Defect | undefined): Policy => ({ ...SANDBOX_POLICY, ...defect?.policy });

/** Rewrites the statements of a defect, and remembers which of its texts it has met. */
export class Rewriter {
  readonly #rewrites: Defect['rewrite'];
  readonly #done = new Map<string, string>();

  constructor(defect: Defect | undefined) {
    this.#rewrites = defect?.rewrite;
  }

  readonly rewrite = (text: string): string => {
    if (!this.#rewrites) return text;
    const known = this.#done.get(text);
    if (known !== undefined) return known;
    const rewritten = this.#rewrites.reduce((sql, [from, to]) => sql.replaceAll(from, to), text);
    this.#done.set(text, rewritten);
    return rewritten;
  };
}
