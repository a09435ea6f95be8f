/** What answers each operation of the API: for each organization a set of its own, which reaches its rows only. */
import { fieldErrors } from '../api/field-errors.ts';
import type { ApiRequest, Handler, Handlers } from '../api/operation.ts';
import { readOperations } from '../api/operations.ts';
import { problemReply } from '../api/problem.ts';
import { accessRoutes } from '../api/routes/access.ts';
import { alertRoutes } from '../api/routes/alerts.ts';
import { appointmentRoutes } from '../api/routes/appointments.ts';
import { auditRoutes } from '../api/routes/audit.ts';
import { connectionRoutes } from '../api/routes/connections.ts';
import { driftRoutes } from '../api/routes/drift.ts';
import { eventRoutes } from '../api/routes/events.ts';
import { holdRoutes } from '../api/routes/holds.ts';
import { identityRoutes } from '../api/routes/identity.ts';
import { keyRoutes } from '../api/routes/keys.ts';
import { locationRoutes } from '../api/routes/locations.ts';
import { mappingRoutes } from '../api/routes/mappings.ts';
import { messageRoutes } from '../api/routes/messages.ts';
import { overviewRoutes } from '../api/routes/overview.ts';
import { payloadRoutes } from '../api/routes/payloads.ts';
import { patientRoutes } from '../api/routes/patients.ts';
import { pushRoutes } from '../api/routes/push.ts';
import { providerRoutes } from '../api/routes/providers.ts';
import { replayRoutes } from '../api/routes/replay.ts';
import { sandboxRoutes } from '../api/routes/sandbox.ts';
import { scheduleRoutes } from '../api/routes/schedules.ts';
import { slotRoutes } from '../api/routes/slots.ts';
import { transactionRoutes } from '../api/routes/transactions.ts';
import { webhookRoutes } from '../api/routes/webhooks.ts';
import { exportAudit, openReason } from '../audit/export.ts';
import { connectionChecks } from '../connections/check.ts';
import { adapterCatalogue } from '../connections/connection-schema.ts';
import { readInputs } from '../connections/read-inputs.ts';
import { holdAtHis } from '../dispatch/his-holds.ts';
import type { Database } from '../db/database.ts';
import type { Caller, HubError } from '../domain/index.ts';
import { maskExchange, type Exchange } from '../adapter-kit/index.ts';
import { receivePush } from '../inbound/receive-push.ts';
import { maskedSegments } from '../inbound/masked-message.ts';
import type { LiveEvents } from '../events/live.ts';
import { exchangeClientCredentials, rotateSigningKey } from '../identity/index.ts';
import { readExchanges } from '../ledger/attempt-result.ts';
import { beginPolling, pollNow } from '../ledger/poll.ts';
import { askReconciliation } from '../ledger/reconciliation-run.ts';
import { freshenSlot } from '../reconcile/freshen-slot.ts';
import { readableAdapters } from '../reconcile/poller.ts';
import { seeDay } from '../reconcile/see-day.ts';
import { resolveDrift } from '../reconcile/settle-drift.ts';
import { openAnswers } from './answers.ts';
import { keepAudit, keepSignIn } from './audit.ts';
import type { Base, Store, Hospitals } from './base.ts';
import { urlProblemOf } from './events.ts';
import type { Waits } from './waits.ts';

/** Sets of handlers that are kept; one is quickly made again. */
const KEPT_MAX = 500;
/** Nobody's. */
const NO_ORGANIZATION = '00000000-0000-0000-0000-000000000000';

/** One handler for each operation of contracts/openapi.yaml, but for those of health and metrics. */
export function handlersOf(base: Base, store: Store, hospitals: Hospitals, waits: Waits, live: LiveEvents): Handlers {
  const shared = sharedParts(base, store, hospitals);
  const audiences = (): string[] => [`${store.address.url}/oauth/token`, store.issuer.issuer];
  const keep = keepAudit(store);
  const kept = new Map<string, Handlers>();
  const handlersFor = (organizationId: string): Handlers => {
    const present = kept.get(organizationId);
    if (present) return present;
    const made = handlersIn(store.organizations.of(organizationId), { base, store, hospitals, waits, live, shared });
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= KEPT_MAX) kept.delete(oldest);
    kept.set(organizationId, made);
    return made;
  };
  const operations = Object.keys(handlersFor(NO_ORGANIZATION));
  const ofCaller =
    (operationId: string): Handler =>
    (request: ApiRequest) => {
      const handler = handlersFor(request.caller.organizationId)[operationId];
      if (!handler) throw new Error(`no handler for ${operationId}`);
      return handler(request as ApiRequest<never, never>);
    };
  return {
    ...Object.fromEntries(operations.map((operationId) => [operationId, ofCaller(operationId)])),
    // Who asks for a token or enters the sandbox, and a HIS that pushes, have yet to prove of which organization they are; a new
    // organization is another than its maker's.
    ...identityRoutes({
      exchange: ({ authorization, form, ...from }) =>
        exchangeClientCredentials(
          { sql: store.db, issuer: store.issuer, audiences, record: (record) => keepSignIn(keep, record, from) },
          { authorization, form },
        ),
      url: () => store.address.url,
      keys: () => store.issuer.jwks.keys,
      operations: readOperations(base.contracts.openapi),
    }),
    ...sandboxRoutes(hospitals.sandbox?.enter),
    ...pushRoutes({
      receivePush: (request) =>
        receivePush({ ledger: store, connections: hospitals.connections, log: base.log }, request),
    }),
    createOrganization: accessRoutes(store.db, shared.rotateKey).createOrganization,
  };
}

interface Parts {
  readonly base: Base;
  readonly store: Store;
  readonly hospitals: Hospitals;
  readonly waits: Waits;
  readonly live: LiveEvents;
  readonly shared: ReturnType<typeof sharedParts>;
}

/** What there is once, and what works as the hub: each of these is given only what its caller was shown to have. */
function sharedParts(base: Base, store: Store, { adapters, connections }: Hospitals) {
  const { log } = base;
  const { db, seal, keys } = store;
  const readable = readableAdapters(adapters);
  return {
    answers: openAnswers(base, store),
    catalogue: adapterCatalogue(adapters, fieldErrors),
    updating: [...adapters].flatMap(([id, { manifest }]) =>
      manifest.capabilities.includes('UpdatesPatients') ? [id] : [],
    ),
    ownBooks: [...adapters].flatMap(([id, { manifest }]) => (manifest.managedBy === 'hub' ? [id] : [])),
    rotateKey: (atOnce: boolean) => rotateSigningKey(db, seal, { atOnce }),
    check: connectionChecks({ sql: db, seal, adapters, connections, log }),
    freshenSlot: (organizationId: string, slotId: string) =>
      freshenSlot({ db, connections, log }, organizationId, slotId),
    seeDay: (caller: Caller, providerId: string, date: string) =>
      seeDay({ db, seal, keys, connections, log }, caller, providerId, date),
    holdAtHis: (slotId: string, expiresAt: string) => holdAtHis({ db, connections, log }, slotId, expiresAt),
    // Whichever process reads it does so as soon as it can, and again until it has succeeded.
    synchronise: (connectionId: string): void =>
      void beginPolling(db, readable)
        .then(() => pollNow(db, connectionId))
        .catch((error: unknown) => log.warn({ connectionId, err: error }, 'the HIS is read when its schedule says so')),
  };
}

/** `db`: of one organization. */
function handlersIn(db: Database, { base, store, hospitals, waits, live, shared }: Parts): Handlers {
  const { contracts, log } = base;
  const { eventTypes } = contracts;
  const { seal, keys, queue } = store;
  const { synchronise } = shared;
  const entered = (transactionId: string): void => hospitals.meter.worked(transactionId);
  const changes = {
    db,
    seal,
    settled: (transactionId: string, timeoutMs: number, signal: AbortSignal) =>
      waits.settled(transactionId, timeoutMs, signal),
    problem: (error: HubError, transactionId: string) => problemReply(error, contracts.errors, transactionId),
  };
  return {
    ...accessRoutes(db, shared.rotateKey),
    ...alertRoutes(db),
    ...auditRoutes({
      db,
      openReason: (recordId, sealed) => openReason(seal, recordId, sealed),
      exportAudit: (organizationId, format, after) => exportAudit({ sql: db, seal }, organizationId, format, after),
    }),
    ...appointmentRoutes({ ...changes, queue, ownBooks: shared.ownBooks, entered, freshenSlot: shared.freshenSlot }),
    ...connectionRoutes({
      db,
      seal,
      queue,
      adapters: shared.catalogue,
      check: shared.check,
      synchronise,
      reconcile: (connectionId, askedBy) => askReconciliation(db, connectionId, askedBy),
    }),
    ...driftRoutes({
      db,
      resolveDrift: (caller, id, settlement) => resolveDrift(db, caller, id, settlement),
      seeDay: shared.seeDay,
    }),
    ...eventRoutes({
      eventTypes,
      listen: (interest, after, beatMs, signal) => live.listen(interest, after, beatMs, signal),
    }),
    ...holdRoutes({ ...changes, holdAtHis: shared.holdAtHis }),
    ...locationRoutes(db),
    ...mappingRoutes({
      db,
      seal,
      queue,
      tools: hospitals.workbench,
      readInputs: ({ connectionId, name }) =>
        readInputs({ connections: hospitals.connections, log }, connectionId, name),
      synchronise,
    }),
    ...messageRoutes({ db, masked: (id) => maskedSegments(db, seal, id) }),
    ...overviewRoutes(db),
    ...keyRoutes(db, store.rotate),
    ...patientRoutes({ db, seal, keys, updating: shared.updating }),
    ...payloadRoutes({
      db,
      seal,
      open: (attemptId) => readExchanges(db, { seal, keys }, attemptId),
      mask: (exchange) => maskExchange(exchange as Exchange),
    }),
    ...providerRoutes(db, shared.answers),
    ...replayRoutes({ ...store, db }),
    ...scheduleRoutes(db),
    ...slotRoutes(db),
    ...transactionRoutes(db),
    ...webhookRoutes({ db, seal, eventTypes, urlProblem: urlProblemOf(base) }),
  };
}
