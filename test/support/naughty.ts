/** Texts that would do something wherever they were taken for more than text; and a row of each kind that has one in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sender } from './inbound.ts';
import type { TestHub } from './hub.ts';

/** As a tag, an attribute, a script, a template, a formula; and its reading direction turned. */
export const NAUGHTY = `=1+1"'><img src=x onerror=alert(1)><script>alert(2)</script>\${alert(3)}{{4*4}}\u202E`;

/** Ids of what has one in it and a page of its own. */
export interface Naughty {
  readonly transaction: string;
  readonly revealable: string;
  readonly message: string;
  readonly webhook: string;
  readonly plan: string;
}

/** Everything that a stranger, a colleague or a hospital can write is this text from now on. */
export async function seedNaughty(hub: TestHub): Promise<Naughty> {
  const native = hub.connection('native').id;
  await Promise.all([renameEverything(hub, native), addColleagues(hub), writeMapping(hub)]);
  await hub.request('POST', `/v1/connections/${native}/pause`, { role: 'admin', body: { reason: NAUGHTY } });
  const webhook = await hub.request<{ webhook: { id: string } }>('POST', '/v1/webhooks', {
    role: 'admin',
    body: { url: `https://8.8.8.8/?q=${NAUGHTY}`, description: NAUGHTY, types: ['mapping.rolled_back'] },
  });
  const plan = await hub.request<{ id: string }>('POST', '/v1/replay-plans', {
    role: 'support',
    body: { filter: { state: 'failed', q: NAUGHTY } },
  });
  const revealable = await bookAs(hub);
  const transaction = await failedWith(hub, revealable);
  const message = await hearFrom(hub);
  const kept = { webhook: webhook.body.webhook.id, plan: plan.body.id, revealable, transaction, message };
  const [missing] = Object.entries(kept).filter(([, id]) => id === undefined || id === '');
  if (missing) throw new Error(`no ${missing[0]} was made`);
  return kept;
}

async function renameEverything(hub: TestHub, connectionId: string): Promise<void> {
  const { db } = hub.database;
  await db.query('update connection set name = $2 where id = $1', [connectionId, NAUGHTY]);
  await db.query('update location set name = $2 where connection_id = $1', [connectionId, NAUGHTY]);
  await db.query('update provider set family = $2, given = array[$2], prefix = $2 where connection_id = $1', [
    connectionId,
    NAUGHTY,
  ]);
  await db.query(
    `insert into unmapped_code (id, organization_id, connection_id, table_path, side, code, names)
     select gen_random_uuid(), organization_id, id, $2, 'vendor', $2, array[$2] from connection where id = $1`,
    [connectionId, NAUGHTY],
  );
  await db.query(
    `insert into alert (id, organization_id, kind, subject_type, subject_id, detail, link)
     select gen_random_uuid(), organization_id, 'events-stuck', 'webhook', $2, $2, 'javascript:alert(5)' from connection where id = $1`,
    [connectionId, NAUGHTY],
  );
  await db.query(
    `insert into drift (id, organization_id, connection_id, kind, cause, subject, state, settlement, obstacle, external_id, details, provider_id)
     select gen_random_uuid(), organization_id, id, 'orphan-at-his', 'edit-at-his', $2, 'open', 'ask', $2, $2,
       jsonb_build_object($2::text, $2::text), (select p.id from provider p where p.connection_id = $1 limit 1)
     from connection where id = $1`,
    [connectionId, NAUGHTY],
  );
}

async function addColleagues(hub: TestHub): Promise<void> {
  await hub.request('POST', '/v1/users', {
    role: 'admin',
    body: { name: NAUGHTY, email: 'naughty@clinic.example', role: 'support' },
  });
  await hub.request('POST', '/v1/clients', { role: 'admin', body: { name: NAUGHTY, role: 'app' } });
}

async function writeMapping(hub: TestHub): Promise<void> {
  const { id: connectionId } = hub.connection('epic');
  const path = '/v1/mappings/epic.slot';
  const shipped = await hub.request<{ files: Record<string, string> }>(
    'GET',
    `${path}/versions/0?connection=${connectionId}`,
    { role: 'engineer' },
  );
  const files = Object.fromEntries(
    Object.entries(shipped.body.files).map(([file, text]) => [
      file,
      file.endsWith('.yaml') ? `# ${NAUGHTY}\n${text}` : text,
    ]),
  );
  await hub.request('POST', `${path}/versions`, { role: 'engineer', body: { connectionId, files, note: NAUGHTY } });
}

/** A booking with the text for its patient and its reason. */
async function bookAs(hub: TestHub): Promise<string> {
  const patientId = await hub.newPatient({ name: { given: [NAUGHTY], family: NAUGHTY } });
  const slot = await hub.slot('cerner', 60);
  const booked = await hub.request<{ transactions: { id: string }[] }>('POST', '/v1/appointments', {
    body: { slotId: slot.id, patientId, reason: NAUGHTY },
    headers: { 'idempotency-key': 'naughty-1' },
  });
  return booked.body.transactions[0]?.id ?? '';
}

/** A transaction like that one, whose hospital has answered with the text wherever it could. */
async function failedWith(hub: TestHub, like: string): Promise<string> {
  const { db } = hub.database;
  const made = await db.query<{ id: string }>(
    `insert into transaction (id, organization_id, connection_id, appointment_id, client_id, kind, state, slot_id, attempts, error_class,
       error_code, mapping_version, settled_at)
     select gen_random_uuid(), organization_id, connection_id, appointment_id, $2, kind, 'failed', slot_id, 1, $2, $2, $2, now()
     from transaction where id = $1 returning id`,
    [like, NAUGHTY],
  );
  const id = made.rows[0]?.id ?? '';
  for (const number of [1, 2])
    await db.query(
      `with tried as (insert into attempt (id, transaction_id, number, step, purpose, lease_token)
         values (gen_random_uuid(), $1, $3, $2, 'execute', gen_random_uuid()) returning id)
       insert into attempt_result (attempt_id, class, reason, vendor_code, duration_ms) select id, $2, $2, $2, 1 from tried`,
      [id, NAUGHTY, number],
    );
  await db.query(
    `insert into event (id, organization_id, type, connection_id, appointment_id, transaction_id, data)
     select gen_random_uuid(), organization_id, 'transaction.failed', connection_id, appointment_id, id,
       jsonb_build_object($2::text, $2::text) from transaction where id = $1`,
    [id, NAUGHTY],
  );
  return id;
}

/** An HL7 message that cannot be applied, with the text in every place that it may have. */
async function hearFrom(hub: TestHub): Promise<string> {
  const { id } = hub.connection('hl7v2');
  const { body } = await hub.request<{ config: { sendingApplication: string; sendingFacility: string } }>(
    'GET',
    `/v1/connections/${id}`,
    { role: 'engineer' },
  );
  const { mllp } = JSON.parse(readFileSync(join(hub.dataDir, 'sandbox.json'), 'utf8')) as { mllp: { port: number } };
  const { sendingApplication, sendingFacility } = body.config;
  // Without what HL7 itself is made of, and in the character set that it has unless it says otherwise.
  const text = NAUGHTY.replaceAll(/[|^~\\&]|[^ -~]/g, '');
  const sender = new Sender(mllp.port);
  await sender.send(
    [
      `MSH|^~\\&|${sendingApplication}|${sendingFacility}|${text}|TESSERA|20270301090000+0000||ADT^A37|${text}|P|2.5.1`,
      `PID|1||${text}^^^HIS^MR||${text}^${text}|||||${text}`,
      `ZZZ|${text}|${text}`,
    ].join('\r'),
  );
  sender.close();
  const { items } = await hub.until<{ items: { id: string; messageId: string }[] }>(
    `/v1/messages?state=held&connection=${id}`,
    (page) => page.items.length > 0,
  );
  return items[0]?.id ?? '';
}
