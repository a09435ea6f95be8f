/** Providers whose data at the HIS are not those of the model: the data follow the HIS, and that they did is written down. */
import type { Sql } from '../db/database.ts';
import { HIS_KEY } from '../ledger/work-order.ts';
import type { Suspect } from './find-causes.ts';

/** A word for the data of each. */
type Words = ReadonlyMap<string, { readonly externalId: string; readonly word: string }>;

export async function providersAsTheyAre(sql: Sql, connectionId: string): Promise<Words> {
  const found = await sql.query<{ id: string; external_id: string; word: string }>(
    `select p.id, e.value as external_id,
       md5(jsonb_build_array(p.given, p.family, p.prefix, p.email, p.phone, p.specialties, p.languages, p.insurances)::text) as word
     from provider p join external_identifier e on e.entity = 'provider' and e.entity_id = p.id and e.connection_id = $1 and e.system = $2
     where p.connection_id = $1`,
    [connectionId, HIS_KEY],
  );
  return new Map(found.rows.map((row) => [row.id, { externalId: row.external_id, word: row.word }]));
}

/** Those that have changed since they were as in `before`. */
export async function changedProviders(sql: Sql, connectionId: string, before: Words): Promise<Suspect[]> {
  const now = await providersAsTheyAre(sql, connectionId);
  return [...now].flatMap(([id, { externalId, word }]): Suspect[] => {
    const was = before.get(id);
    if (was === undefined || was.word === word) return [];
    const difference = {
      kind: 'changed-provider' as const,
      subject: `provider/${id}`,
      providerId: id,
      externalId,
      details: {},
    };
    return [{ difference, isUnreadable: false }];
  });
}
