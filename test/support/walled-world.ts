/** An organization that has one of everything that an operation of the API may name; two of what may be somebody else's. */
import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import type { Seal } from '../../src/ledger/seal.ts';
import { createClinic } from './clinic.ts';

export interface World {
  readonly organizationId: string;
  /** By the segment of the path, or the member of a body, that names them. */
  readonly ids: Readonly<Record<Thing, string>>;
  /** Of nobody above: what another location, patient or provider of the same organization is. */
  readonly other: { readonly locationId: string; readonly patientId: string; readonly providerId: string };
  /** Ids that only those may be told who may see the location, the patient, the provider; and everything of the organization. */
  readonly secret: Readonly<Record<'location' | 'patient' | 'provider' | 'organization', readonly string[]>>;
}

const THINGS = [
  'connections',
  'locations',
  'providers',
  'patients',
  'slots',
  'holds',
  'appointments',
  'transactions',
  'replay-plans',
  'drift',
  'unmapped-codes',
  'messages',
  'webhooks',
  'deliveries',
  'freeSlot',
  'slotToHold',
  'slotToMoveTo',
  'event',
  'alert',
  'audit',
  'run',
  'organizations',
  'users',
  'clients',
] as const;
type Thing = (typeof THINGS)[number];

/** The mapping whose version the world has, of an adapter that has mappings. */
export const MAPPING = 'epic.slot';
/** Who owns the hold and the transaction. */
export const OWNER = 'owner-app';

/** `seal`: the hub's, which opens what is sealed here. */
export async function buildWorld(db: Database, seal: Seal): Promise<World> {
  const clinic = await createClinic(db);
  const { organizationId, locationId, providerId } = clinic;
  const otherLocationId = await clinic.addLocation('Europe/Berlin');
  const otherProviderId = await clinic.addProvider({ locationId: otherLocationId, family: 'Somebody' });
  const [patientId, otherPatientId] = [await clinic.addPatient(), await clinic.addPatient()];
  const slot = (inHours: number): Promise<string> => clinic.addSlot({ inHours });
  const [slots, freeSlot, slotToHold, slotToMoveTo, heldSlot, looseSlot] = await Promise.all(
    [24, 25, 26, 27, 28, 29].map(slot),
  );
  if (!slots || !freeSlot || !slotToHold || !slotToMoveTo || !heldSlot || !looseSlot) throw new Error('no slots');
  const appointments = await clinic.book(slots, patientId);
  const connections = await clinic.addConnection('his');
  await db.query(
    `update connection set adapter = case id when $1 then 'epic' else 'native' end where organization_id = $2`,
    [connections, organizationId],
  );
  const make = (): string => randomUUID();
  const ids: World['ids'] = {
    connections,
    locations: locationId,
    providers: providerId,
    patients: patientId,
    slots: looseSlot,
    holds: make(),
    appointments,
    transactions: make(),
    'replay-plans': make(),
    drift: make(),
    'unmapped-codes': make(),
    messages: make(),
    webhooks: make(),
    deliveries: make(),
    freeSlot,
    slotToHold,
    slotToMoveTo,
    event: make(),
    alert: make(),
    audit: make(),
    run: make(),
    organizations: organizationId,
    users: make(),
    clients: make(),
  };
  await fill(db, seal, { organizationId, hubConnection: clinic.connectionId, heldSlot, bookedSlot: slots, ids });
  const seen = [ids.appointments, ids.transactions, ids.event];
  return {
    organizationId,
    ids,
    other: { locationId: otherLocationId, patientId: otherPatientId, providerId: otherProviderId },
    secret: {
      location: [...seen, locationId, providerId, patientId, freeSlot, slots, looseSlot],
      patient: [...seen, patientId],
      provider: [...seen, patientId],
      organization: [organizationId, otherPatientId, otherProviderId, otherLocationId, ...Object.values(ids)],
    },
  };
}

interface Filling {
  readonly organizationId: string;
  readonly hubConnection: string;
  readonly heldSlot: string;
  readonly bookedSlot: string;
  readonly ids: World['ids'];
}

async function fill(
  db: Database,
  seal: Seal,
  { organizationId, hubConnection, heldSlot, bookedSlot, ids }: Filling,
): Promise<void> {
  const insert = (table: string, row: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const names = Object.keys(row);
    const places = names.map((_, index) => `$${index + 1}`);
    return db.query(`insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`, Object.values(row));
  };
  const ours = { organization_id: organizationId };
  const atHis = { ...ours, connection_id: ids.connections };
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const replayRequest = randomUUID();
  await insert('account', { ...ours, id: ids.users, email: `${ids.users}@a.example`, name: 'Kim', role: 'admin' });
  await insert('account', { ...ours, id: randomUUID(), email: `${ids.clients}@a.example`, name: 'Lee', role: 'admin' });
  await insert('client', { ...ours, id: ids.clients, name: 'App', role: 'app', secret_hash: 'none' });
  await db.query('update organization set runs_platform = true where id = $1', [organizationId]);
  await insert('hold', { ...ours, id: ids.holds, slot_id: heldSlot, client_id: OWNER, expires_at: soon });
  await insert('transaction', {
    ...ours,
    id: ids.transactions,
    connection_id: hubConnection,
    appointment_id: ids.appointments,
    client_id: OWNER,
    kind: 'book',
    state: 'needs_review',
    slot_id: bookedSlot,
    settled_at: new Date().toISOString(),
  });
  await insert('replay_request', {
    ...ours,
    id: replayRequest,
    transaction_id: ids.transactions,
    client_id: 'owner-support',
    members: ['reason'],
    before: seal.close(`replay_request/${replayRequest}/before`, '{}'),
    after: seal.close(`replay_request/${replayRequest}/after`, '{}'),
  });
  await insert('event', {
    ...ours,
    id: ids.event,
    type: 'appointment.needs_review',
    connection_id: hubConnection,
    appointment_id: ids.appointments,
    transaction_id: ids.transactions,
  });
  await insert('replay_plan', {
    ...ours,
    id: ids['replay-plans'],
    client_id: 'owner-support',
    filter: {},
    ceiling: 10,
    rate_per_second: 1,
    state: 'planned',
  });
  await insert('reconciliation_run', { ...atHis, id: ids.run, state: 'done', ended_at: new Date().toISOString() });
  await insert('drift', {
    ...atHis,
    id: ids.drift,
    run_id: ids.run,
    kind: 'ghost-slot',
    cause: 'missed-event',
    subject: ids.drift,
    state: 'open',
    settlement: 'ask',
  });
  await insert('unmapped_code', {
    ...atHis,
    id: ids['unmapped-codes'],
    table_path: 'codes/mode.csv',
    side: 'vendor',
    code: 'X',
    names: [MAPPING],
  });
  await insert('received_message', {
    ...atHis,
    id: ids.messages,
    message_id: ids.messages,
    body_hash: Buffer.of(0),
    body: seal.close(
      `received_message/${ids.messages}`,
      'MSH|^~\\&|HIS|WARD|||20270301120000||SIU^S12|1|P|2.3\rPID|1\r',
    ),
    key_reused: false,
    kind: 'SIU^S12',
  });
  await insert('held_message', { ...atHis, received_message_id: ids.messages, code: 'unreadable', detail: 'PID-3' });
  await insert('webhook', {
    ...ours,
    id: ids.webhooks,
    client_id: OWNER,
    url: 'https://a.example/',
    secret: Buffer.of(0),
  });
  await db.query(
    `insert into webhook_delivery (id, webhook_id, organization_id, event_sequence, state, settled_at)
     select $1, $2, $3, sequence, 'failed', now() from event where id = $4`,
    [ids.deliveries, ids.webhooks, organizationId, ids.event],
  );
  await insert('alert', {
    ...ours,
    id: ids.alert,
    kind: 'needs-review',
    subject_type: 'connection',
    subject_id: ids.connections,
    detail: 'parked',
    link: `/v1/connections/${ids.connections}`,
  });
  await insert('audit_record', {
    ...ours,
    id: ids.audit,
    address: '192.0.2.7',
    action: 'patient.read',
    kind: 'read',
    resource_kind: 'patient',
    resource_id: ids.patients,
    outcome: 'done',
    detail: '{}',
  });
  await insert('mapping_version', {
    ...atHis,
    id: randomUUID(),
    name: 'slot',
    number: 1,
    files: { 'slot.yaml': 'mapping: slot\n' },
    created_by: 'owner-engineer',
  });
}
