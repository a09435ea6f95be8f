/** The audit as its reader has it: what was done over HTTP is listed, exported, and gone through by the command line. */
import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AuditEvent } from 'fhir/r4.js';
import type { Role } from '../../src/domain/index.ts';
import { tessera, type Ended } from '../integration/cli/tessera.ts';
import { startApi, type ApiInProcess } from '../support/api-in-process.ts';
import { createClinic, type Clinic } from '../support/clinic.ts';

let api: ApiInProcess;
let clinic: Clinic;
let patientId: string;
const tokens = new Map<Role, string>();

/** A proxy on this machine says where its callers are. */
const ADDRESS = '198.51.100.23';

beforeAll(async () => {
  api = await startApi({ TESSERA_ROLES: 'api,worker', TESSERA_TRUSTED_PROXIES: '127.0.0.1' });
  clinic = await createClinic(api.database.db);
  patientId = await clinic.addPatient();
  const { organizationId } = clinic;
  for (const role of ['app', 'support', 'engineer', 'admin'] as const)
    tokens.set(role, await api.issuer.issueToken({ clientId: `the-${role}`, organizationId, role, ttlSeconds: 600 }));
}, 60_000);
afterAll(() => api.stop());

async function call(role: Role, method: string, path: string, body?: object): Promise<Response> {
  return fetch(api.url + path, {
    method,
    headers: {
      authorization: `Bearer ${tokens.get(role) ?? ''}`,
      'x-forwarded-for': ADDRESS,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const token = (form: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${api.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });

interface Item {
  readonly action: string;
  readonly outcome: string;
  readonly actorId: string | null;
  readonly actorRole: string | null;
  readonly address: string;
  readonly resourceId: string | null;
  readonly sequence: number | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
}

const list = async (query = ''): Promise<readonly Item[]> => {
  const response = await call('admin', 'GET', `/v1/audit?limit=200${query}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { readonly items: readonly Item[] }).items;
};

/** Of what was done so far, all have their places. */
async function sealed(): Promise<void> {
  for (;;) {
    const { rows } = await api.database.db.query<{ count: number }>('select count(*) as count from audit_waiting');
    if (rows[0]?.count === 0) return;
    await delay(50);
  }
}

const exported = async (query: string): Promise<string> =>
  (await call('admin', 'GET', `/v1/audit/export${query}`)).text();

const verify = (...args: readonly string[]): Promise<Ended> =>
  tessera(['verify', '--json', ...args], {
    env: { DATABASE_URL: api.database.url, TESSERA_DATA_DIR: api.dataDir, TESSERA_SANDBOX: 'off' },
  });

interface Told {
  readonly organizationId: string;
  readonly sequence: number;
  readonly hash: string;
  readonly fault: { readonly kind: string; readonly sequence: number | null } | null;
}

function told({ out, code, err }: Ended): Told {
  if (out === '') throw new Error(`verify ended with ${code}: ${err}`);
  const { verdicts } = JSON.parse(out) as { readonly verdicts: readonly Told[] };
  const mine = verdicts.find((each) => each.organizationId === clinic.organizationId);
  if (!mine) throw new Error('nothing was said of the organization');
  return mine;
}

test('what people and programs do is listed: who, what, from where, why, and with what outcome', async () => {
  const made = await call('admin', 'POST', '/v1/clients', { name: 'Clinic app', role: 'app' });
  const { client, secret } = (await made.json()) as { client: { id: string }; secret: string };
  await call('admin', 'POST', `/v1/clients/${client.id}/rotate-secret`, { overlapHours: 1 });
  await token({ grant_type: 'client_credentials', client_id: client.id, client_secret: secret });
  await token({ grant_type: 'client_credentials', client_id: client.id, client_secret: 'wrong' });
  await call('support', 'GET', `/v1/patients/${patientId}`);
  await call('support', 'GET', `/v1/patients/${randomUUID()}`);
  await call('app', 'GET', `/v1/patients/${patientId}`);
  await call('support', 'GET', `/v1/appointments?patient=${patientId}`);
  await call('engineer', 'POST', `/v1/connections/${clinic.connectionId}/pause`, { reason: 'Canary moves house' });
  await call('support', 'POST', `/v1/connections/${clinic.connectionId}/resume`);

  const seen = (await list()).map((each) => [each.action, each.outcome, each.actorId, each.address, each.resourceId]);
  expect(seen.toReversed()).toEqual([
    ['client.create', 'done', 'the-admin', ADDRESS, client.id],
    ['client.rotate-secret', 'done', 'the-admin', ADDRESS, client.id],
    ['sign-in', 'done', client.id, '127.0.0.1', null],
    ['sign-in', 'refused', client.id, '127.0.0.1', null],
    ['patient.read', 'done', 'the-support', ADDRESS, patientId],
    ['patient.read', 'refused', 'the-support', ADDRESS, expect.any(String)],
    ['appointment.list', 'done', 'the-support', ADDRESS, null],
    ['connection.pause', 'done', 'the-engineer', ADDRESS, clinic.connectionId],
    ['connection.resume', 'refused', 'the-support', ADDRESS, clinic.connectionId],
  ]);
  const [paused] = await list('&action=connection.pause');
  expect(paused).toMatchObject({ reason: 'Canary moves house', actorRole: 'engineer', errorCode: null });
  expect((await list(`&resource=${patientId}&outcome=done`)).map((each) => each.action)).toEqual(['patient.read']);
  expect((await list('&actor=the-admin&action=audit.list')).length).toBe(3);
});

test('a booking leaves no record here: it is in the ledger', async () => {
  const before = await list('&actor=the-app');
  const slotId = await clinic.addSlot();
  const booked = await fetch(`${api.url}/v1/appointments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens.get('app') ?? ''}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      prefer: 'respond-async',
    },
    body: JSON.stringify({ slotId, patientId }),
  });
  expect(booked.status).toBeLessThan(300);
  expect(await list('&actor=the-app')).toEqual(before);
});

test('an export is gone through without the hub: sound as it is, and not when a line was edited or left out', async () => {
  await sealed();
  const file = join(api.dataDir, 'audit.ndjson');
  const text = await exported('?format=ndjson');
  expect(text).toContain('"openedReason":"Canary moves house"');
  await writeFile(file, text);
  const whole = await verify('--file', file);
  const sound = told(whole);
  expect([whole.code, sound.fault]).toEqual([0, null]);

  await writeFile(file, text.replace('"the-engineer"', '"the-support"'));
  const edited = await verify('--file', file);
  expect([edited.code, told(edited).fault?.kind]).toEqual([1, 'changed']);

  // What has come since is a file of its own, and goes on where the first has ended.
  await call('support', 'GET', `/v1/patients/${patientId}`);
  await sealed();
  await writeFile(file, text + (await exported(`?after=${sound.sequence}`)));
  const both = await verify('--file', file);
  expect([both.code, told(both).fault, told(both).sequence > sound.sequence]).toEqual([0, null, true]);
  expect((await call('admin', 'GET', '/v1/audit/export?after=99999')).status).toBe(400);
}, 60_000);

test('the export for FHIR is one AuditEvent for each thing that was done', async () => {
  const response = await call('admin', 'GET', '/v1/audit/export?format=fhir');
  expect(response.headers.get('content-type')).toBe('application/fhir+ndjson');
  const events = (await response.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent);
  for (const event of events) {
    // The elements that R4 requires, and the codes of its required value sets.
    expect(event).toMatchObject({
      resourceType: 'AuditEvent',
      id: expect.stringMatching(/^[A-Za-z0-9\-.]{1,64}$/),
      type: { system: expect.stringMatching(/^http/), code: expect.any(String) },
      action: expect.stringMatching(/^[CRUDE]$/),
      recorded: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/),
      outcome: expect.stringMatching(/^[048]$/),
      agent: [{ requestor: true, network: { type: '2' } }],
      source: { observer: expect.anything() },
    });
  }
  expect(events.filter((each) => each.subtype?.[0]?.code === 'connection.pause')).toEqual([
    expect.objectContaining({
      action: 'E',
      outcome: '0',
      purposeOfEvent: [{ text: 'Canary moves house' }],
      agent: [
        expect.objectContaining({ who: { identifier: { value: 'the-engineer' } }, role: [{ text: 'engineer' }] }),
      ],
      entity: [expect.objectContaining({ what: { identifier: { value: clinic.connectionId } } })],
    }),
  ]);
  expect(events.find((each) => each.subtype?.[0]?.code === 'patient.read')?.entity?.[0]?.what).toEqual({
    reference: `Patient/${patientId}`,
  });
});

test('verify looks into the database: 0 when it is sound, 1 and the first bad row when it is not, 2 when it cannot', async () => {
  await sealed();
  const sound = await verify();
  const { sequence, hash, organizationId } = told(sound);
  expect([sound.code, told(sound).fault]).toEqual([0, null]);

  const other = await verify('--head', `${organizationId}:${sequence}:${'0'.repeat(64)}`);
  expect([other.code, told(other).fault]).toEqual([1, expect.objectContaining({ kind: 'forged', sequence })]);

  await api.database.db.transaction(async (tx) => {
    await tx.query('set local session_replication_role = replica');
    await tx.query('delete from audit_seal where organization_id = $1 and sequence > 2', [organizationId]);
    await tx.query('delete from audit_head where organization_id = $1', [organizationId]);
    await tx.query(
      `delete from audit_record where organization_id = $1 and id not in (select audit_record_id from audit_seal)`,
      [organizationId],
    );
  });
  const cut = await verify();
  expect([cut.code, told(cut).fault]).toEqual([1, expect.objectContaining({ kind: 'cut', sequence: 3 })]);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);

  await rename(join(api.dataDir, 'root.key'), join(api.dataDir, 'root.key.gone'));
  const without = await verify();
  expect([without.code, without.out, without.err]).toEqual([2, '', expect.stringContaining('root.key cannot be read')]);
}, 60_000);
