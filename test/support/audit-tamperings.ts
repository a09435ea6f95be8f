/** What somebody may do to an audit who may do anything in its database. Each names the first place that is not as it was. */
import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import { hashOf, RECORD_JSON, signedBytes, type AuditRecord } from '../../src/audit/chain.ts';
import { kidOf } from '../../src/audit/keys.ts';
import type { Sql } from '../../src/db/database.ts';

export interface Tampering {
  readonly what: string;
  tamper(sql: Sql): Promise<unknown>;
  /** The first bad place; null: what is bad has none. */
  readonly sequence: number | null;
  /** To be missed only by whoever has kept a head elsewhere. */
  readonly withHeads: boolean;
}

/** SQL of another value, for each column of a record. */
const EDITS: Readonly<Record<string, string>> = {
  organization_id: '$3::uuid',
  recorded_at: `recorded_at + interval '1 microsecond'`,
  begun_id: 'null',
  transaction_id: 'gen_random_uuid()',
  actor_id: `'somebody-else'`,
  actor_role: `'admin'`,
  address: `'198.51.100.1'`,
  action: `'transaction.replay'`,
  kind: `'read'`,
  resource_kind: `'patient'`,
  resource_id: 'gen_random_uuid()::text',
  outcome: `'done'`,
  error_code: 'null',
  detail: `detail || ' '`,
  reason: 'null',
};

const AT = 'id = (select audit_record_id from audit_seal where organization_id = $1 and sequence = $2)';

/** Of a chain of `ours` with so many records, sealed in batches of `batch`; `theirs` is another organization with one. */
export function tamperings(ours: string, theirs: string, records: number, batch: number): readonly Tampering[] {
  const places = [1, 2, batch, batch + 1, records - 1, records];
  const one = (what: string, sequence: number | null, tamper: Tampering['tamper'], withHeads = false): Tampering => ({
    what,
    sequence,
    tamper,
    withHeads,
  });
  const run =
    (text: string, ...values: readonly unknown[]): Tampering['tamper'] =>
    (sql) =>
      sql.query(text, [ours, ...values]);
  const all =
    (...steps: readonly Tampering['tamper'][]): Tampering['tamper'] =>
    async (sql) => {
      for (const step of steps) await step(sql);
    };
  const cut = (after: number, ...tables: readonly string[]): Tampering['tamper'] =>
    all(
      ...(tables.includes('audit_record')
        ? [
            run(
              'delete from audit_record where id in (select audit_record_id from audit_seal where organization_id = $1 and sequence > $2)',
              after,
            ),
          ]
        : []),
      ...tables
        .filter((each) => each !== 'audit_record')
        .map((table) => run(`delete from ${table} where organization_id = $1 and sequence > $2`, after)),
    );
  const everything = ['audit_record', 'audit_seal', 'audit_head'];

  const edited = Object.entries(EDITS).flatMap(([column, value], index) =>
    [places[index % 6] ?? 1, places[(index + 3) % 6] ?? 1].map((place) => {
      const parameters = value.includes('$3') ? [place, theirs] : [place];
      return one(
        `${column} of ${place}`,
        place,
        run(`update audit_record set ${column} = ${value} where ${AT}`, ...parameters),
      );
    }),
  );
  const deleted = places.flatMap((place) => [
    one(`record ${place} deleted`, place, run(`delete from audit_record where ${AT}`, place)),
    one(
      `place ${place} deleted`,
      place,
      run('delete from audit_seal where organization_id = $1 and sequence = $2', place),
    ),
    one(`record and place ${place} deleted`, place, removed(ours, place)),
    // The last one leaves a head behind that says so.
    one(`record and place ${place} deleted, the rest moved up`, place, all(removed(ours, place), movedUp(ours, place))),
    one(
      `hash of ${place}`,
      place,
      run('update audit_seal set hash = $3 where organization_id = $1 and sequence = $2', place, randomBytes(32)),
    ),
    one(
      `place ${place} given away`,
      place,
      run(
        'update audit_seal set organization_id = $3, sequence = sequence + 1000 where organization_id = $1 and sequence = $2',
        place,
        theirs,
      ),
    ),
    one(
      `record ${place} under another id`,
      place,
      run(`update audit_record set id = gen_random_uuid() where ${AT}`, place),
    ),
    one(
      `place ${place} names another record`,
      place,
      run(
        'update audit_seal set audit_record_id = gen_random_uuid() where organization_id = $1 and sequence = $2',
        place,
      ),
    ),
  ]);
  const pairs = [
    [1, 2],
    [3, 9],
    [batch, batch + 1],
    [1, records],
  ] as const;
  const reordered = pairs.flatMap(([a, b]) => [
    one(`places ${a} and ${b} exchanged`, a, exchanged(ours, 'sequence', a, b)),
    one(`records of ${a} and ${b} exchanged`, a, exchanged(ours, 'audit_record_id', a, b)),
    one(
      `places ${a} and ${b} exchanged, hashes stay`,
      a,
      all(exchanged(ours, 'sequence', a, b), exchanged(ours, 'hash', a, b)),
    ),
  ]);
  const headAt = batch * 2;
  const heads = [
    // It is then the head of another place.
    ['sequence', 'sequence + 1', headAt + 1],
    ['previous_sequence', 'previous_sequence - 1', headAt],
    ['hash', `decode(repeat('00', 32), 'hex')`, headAt],
    ['signed_at', `signed_at + interval '1 millisecond'`, headAt],
    ['kid', `'x'`, headAt],
    ['signature', `decode(repeat('00', 64), 'hex')`, headAt],
  ] as const;
  const signed = heads.map(([column, value, first]) =>
    one(
      `${column} of the head of ${headAt}`,
      first,
      run(`update audit_head set ${column} = ${value} where organization_id = $1 and sequence = $2`, headAt),
    ),
  );
  const rewritten = [2, batch + 2, records].flatMap((place) => {
    const changed = all(run(`update audit_record set actor_id = 'nobody' where ${AT}`, place), rehashed(ours, place));
    const nextHead = Math.ceil(place / batch) * batch;
    const noHeads = run('delete from audit_head where organization_id = $1 and sequence >= $2', place);
    return [
      one(`${place} changed, and all hashes from there made anew`, nextHead, changed),
      one(`${place} changed, hashes anew, later heads deleted`, nextHead - batch + 1, all(changed, noHeads)),
      one(
        `${place} changed, hashes anew, heads signed by another key`,
        records,
        all(changed, noHeads, forgedHead(ours, records, nextHead - batch)),
      ),
      one(
        `${place} changed, hashes anew, the same, known elsewhere`,
        records,
        all(changed, noHeads, forgedHead(ours, records, nextHead - batch)),
        true,
      ),
    ];
  });
  return [
    ...edited,
    ...deleted,
    ...reordered,
    ...signed,
    one(
      'the head of the first batch deleted',
      1,
      run('delete from audit_head where organization_id = $1 and sequence = $2', batch),
    ),
    one(
      'a head in the middle deleted',
      batch + 1,
      run('delete from audit_head where organization_id = $1 and sequence = $2', headAt),
    ),
    one(
      'the last head deleted',
      records - batch + 1,
      run('delete from audit_head where organization_id = $1 and sequence = $2', records),
    ),
    one('all heads deleted', 1, run('delete from audit_head where organization_id = $1')),
    one('the key exchanged', batch, exchangedKey),
    ...rewritten,
    ...[records - 1, records - batch, batch].flatMap((after) => [
      one(`cut after ${after}, records and places`, after + 1, cut(after, 'audit_record', 'audit_seal')),
      one(`cut after ${after}, places`, after + 1, cut(after, 'audit_seal')),
      one(`cut after ${after}, records`, after + 1, cut(after, 'audit_record')),
      one(`cut after ${after}, with the heads`, after + 1, cut(after, ...everything), true),
    ]),
    one('all of it deleted', 1, cut(0, ...everything), true),
    one('places and heads deleted, the records left', null, cut(0, 'audit_seal', 'audit_head')),
    one('a record slipped in', null, slippedIn(ours)),
    one('a record slipped in, with a place at the end', records + 1, all(slippedIn(ours), placedLast(ours, records))),
    one(
      'a record that waited is gone',
      null,
      run('insert into audit_waiting (organization_id, audit_record_id) values ($1, gen_random_uuid())'),
    ),
  ];
}

const removed =
  (ours: string, place: number): Tampering['tamper'] =>
  async (sql) => {
    await sql.query(`delete from audit_record where ${AT}`, [ours, place]);
    await sql.query('delete from audit_seal where organization_id = $1 and sequence = $2', [ours, place]);
  };

const movedUp =
  (ours: string, place: number): Tampering['tamper'] =>
  async (sql) => {
    // In two steps: no two places are the same on the way.
    await sql.query('update audit_seal set sequence = sequence + 100000 where organization_id = $1 and sequence > $2', [
      ours,
      place,
    ]);
    await sql.query(
      'update audit_seal set sequence = sequence - 100001 where organization_id = $1 and sequence > 100000',
      [ours],
    );
  };

const exchanged =
  (ours: string, column: 'sequence' | 'audit_record_id' | 'hash', a: number, b: number): Tampering['tamper'] =>
  async (sql) => {
    const found = await sql.query<Record<string, unknown>>(
      'select sequence, audit_record_id, hash from audit_seal where organization_id = $1 and sequence in ($2, $3) order by sequence',
      [ours, a, b],
    );
    const [first, second] = found.rows;
    await sql.query('delete from audit_seal where organization_id = $1 and sequence in ($2, $3)', [ours, a, b]);
    for (const [row, other] of [
      [first, second],
      [second, first],
    ]) {
      const now = { ...row, [column]: other?.[column] };
      await sql.query(
        'insert into audit_seal (organization_id, sequence, audit_record_id, hash) values ($1, $2, $3, $4)',
        [ours, now['sequence'], now['audit_record_id'], now['hash']],
      );
    }
  };

interface Link {
  readonly sequence: number;
  readonly hash: string;
  readonly record: AuditRecord;
}

/** As the hub would have it made, from a place on. */
const rehashed =
  (ours: string, from: number): Tampering['tamper'] =>
  async (sql) => {
    const { rows } = await sql.query<Link & Record<string, unknown>>(
      `select s.sequence, encode(s.hash, 'hex') as hash, ${RECORD_JSON} as record
       from audit_seal s join audit_record r on r.id = s.audit_record_id where s.organization_id = $1 order by s.sequence`,
      [ours],
    );
    let previousHash = rows[from - 2]?.hash ?? '';
    for (const { sequence, record } of rows.slice(from - 1)) {
      previousHash = hashOf({ organizationId: ours, sequence, previousHash }, record);
      await sql.query(`update audit_seal set hash = decode($3, 'hex') where organization_id = $1 and sequence = $2`, [
        ours,
        sequence,
        previousHash,
      ]);
    }
  };

const newKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  return { privateKey, raw, kid: kidOf(raw) };
};

/** With a key of the forger's own, put beside the hub's. */
const forgedHead =
  (ours: string, sequence: number, previousSequence: number): Tampering['tamper'] =>
  async (sql) => {
    const { privateKey, raw, kid } = newKey();
    const { rows } = await sql.query<{ hash: string }>(
      `select encode(hash, 'hex') as hash from audit_seal where organization_id = $1 and sequence = $2`,
      [ours, sequence],
    );
    const head = {
      organizationId: ours,
      sequence,
      previousSequence,
      hash: rows[0]?.hash ?? '',
      signedAt: '2027-01-01T00:00:00.000Z',
    };
    await sql.query('insert into audit_key (kid, public_key, private_key) values ($1, $2, $3)', [
      kid,
      raw,
      randomBytes(60),
    ]);
    await sql.query(
      `insert into audit_head (organization_id, sequence, previous_sequence, hash, signed_at, kid, signature)
       values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7)`,
      [ours, sequence, previousSequence, head.hash, head.signedAt, kid, sign(null, signedBytes(head), privateKey)],
    );
  };

const exchangedKey: Tampering['tamper'] = async (sql) => {
  const { raw, kid } = newKey();
  await sql.query('update audit_key set kid = $1, public_key = $2', [kid, raw]);
};

const slippedIn =
  (ours: string): Tampering['tamper'] =>
  (sql) =>
    sql.query(
      `insert into audit_record (id, organization_id, address, action, kind, outcome, detail)
       values ($2, $1, '192.0.2.7', 'patient.read', 'read', 'done', '{}')`,
      [ours, randomUUID()],
    );

const placedLast =
  (ours: string, records: number): Tampering['tamper'] =>
  async (sql) => {
    await sql.query(
      `insert into audit_seal (organization_id, sequence, audit_record_id, hash)
       select $1, $2, r.id, decode(repeat('00', 32), 'hex') from audit_record r where r.organization_id = $1
         and not exists (select from audit_seal s where s.audit_record_id = r.id)`,
      [ours, records + 1],
    );
    await rehashed(ours, records + 1)(sql);
  };
