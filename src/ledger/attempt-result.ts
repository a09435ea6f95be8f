/** The result of an attempt: a row of its own, written once. */
import type { Sql } from '../db/database.ts';
import type { OpenedPatient } from './patient-fields.ts';
import type { PatientKeys, WrappedKey } from './keyring.ts';
import type { Seal } from './seal.ts';

export interface AttemptResult {
  readonly attemptId: string;
  /** `success`, an error class, or a finding of a look-up (found, absent, taken, inconclusive). */
  readonly class: string;
  readonly reason?: string | undefined;
  readonly vendorCode?: string | undefined;
  readonly durationMs: number;
  /** Requests and answers as they were; sealed here. */
  readonly exchanges: readonly unknown[];
  /** Whom they are about: with this patient's key they are sealed. */
  readonly patient?: Pick<OpenedPatient, 'id' | 'seal'> | undefined;
}

const rowName = (attemptId: string): string => `attempt_result/${attemptId}`;

/** Null when there were none. `seal`: the hub's, where no patient is known. */
export const sealExchanges = (seal: Seal, { attemptId, exchanges, patient }: AttemptResult): Buffer | null =>
  exchanges.length === 0 ? null : (patient?.seal ?? seal).close(rowName(attemptId), JSON.stringify(exchanges));

/** `erased`: they cannot be opened any more, their patient's key is gone. `over`: they were kept long enough. */
export type NoExchanges = 'erased' | 'over';

/** Empty when nothing was exchanged. */
export async function readExchanges(
  sql: Sql,
  { seal, keys }: { readonly seal: Seal; readonly keys: PatientKeys },
  attemptId: string,
): Promise<readonly unknown[] | NoExchanges> {
  const found = await sql.query<Sealed & Record<string, unknown>>(
    `select r.has_exchanges as "wereThere", x.exchanges, x.sealed_for as "patientId", k.organization_id as "organizationId",
       k.version, k.wrapped
     from attempt_result r left join attempt_exchange x on x.attempt_id = r.attempt_id
     left join patient_key k on k.patient_id = x.sealed_for where r.attempt_id = $1`,
    [attemptId],
  );
  const [row] = found.rows;
  if (!row?.wereThere) return [];
  const { exchanges, patientId, organizationId, version, wrapped } = row;
  if (!exchanges) return 'over';
  if (patientId !== null && !wrapped) return 'erased';
  try {
    const opener = patientId === null ? seal : await keys.sealOf(organizationId, patientId, { version, wrapped });
    return JSON.parse(opener.open(rowName(attemptId), exchanges)) as unknown[];
  } catch {
    return 'erased';
  }
}

interface Sealed extends WrappedKey {
  readonly wereThere: boolean;
  readonly exchanges: Buffer | null;
  readonly patientId: string | null;
  readonly organizationId: string;
}

export async function writeAttemptResult(tx: Sql, seal: Seal, result: AttemptResult): Promise<void> {
  await tx.query(
    `with result as (
       insert into attempt_result (attempt_id, class, reason, vendor_code, duration_ms, has_exchanges)
       values ($1::uuid, $2, $3, $4, $5, $6::bytea is not null))
     insert into attempt_exchange (attempt_id, exchanges, sealed_for) select $1::uuid, $6::bytea, $7 where $6::bytea is not null`,
    [
      result.attemptId,
      result.class,
      result.reason ?? null,
      result.vendorCode ?? null,
      Math.round(result.durationMs),
      sealExchanges(seal, result),
      result.patient?.id ?? null,
    ],
  );
}
