/** What answers each operation of the API. */
import { fieldErrors } from '../api/field-errors.ts';
import type { Handlers } from '../api/operation.ts';
import { problemReply } from '../api/problem.ts';
import { alertRoutes } from '../api/routes/alerts.ts';
import { appointmentRoutes } from '../api/routes/appointments.ts';
import { connectionRoutes } from '../api/routes/connections.ts';
import { driftRoutes } from '../api/routes/drift.ts';
import { eventRoutes } from '../api/routes/events.ts';
import { holdRoutes } from '../api/routes/holds.ts';
import { identityRoutes } from '../api/routes/identity.ts';
import { locationRoutes } from '../api/routes/locations.ts';
import { mappingRoutes } from '../api/routes/mappings.ts';
import { overviewRoutes } from '../api/routes/overview.ts';
import { patientRoutes } from '../api/routes/patients.ts';
import { providerRoutes } from '../api/routes/providers.ts';
import { replayRoutes } from '../api/routes/replay.ts';
import { sandboxRoutes } from '../api/routes/sandbox.ts';
import { scheduleRoutes } from '../api/routes/schedules.ts';
import { slotRoutes } from '../api/routes/slots.ts';
import { transactionRoutes } from '../api/routes/transactions.ts';
import { webhookRoutes } from '../api/routes/webhooks.ts';
import { connectionChecks } from '../connections/check.ts';
import { adapterCatalogue } from '../connections/connection-schema.ts';
import { readInputs } from '../connections/read-inputs.ts';
import { holdAtHis } from '../dispatch/his-holds.ts';
import type { HubError } from '../domain/index.ts';
import type { LiveEvents } from '../events/live.ts';
import { exchangeClientCredentials } from '../identity/index.ts';
import { beginPolling, pollNow } from '../ledger/poll.ts';
import { askReconciliation } from '../ledger/reconciliation-run.ts';
import { freshenSlot } from '../reconcile/freshen-slot.ts';
import { readableAdapters } from '../reconcile/poller.ts';
import { resolveDrift } from '../reconcile/settle-drift.ts';
import type { Base, Store, Hospitals } from './base.ts';
import { urlProblemOf } from './events.ts';
import type { Waits } from './waits.ts';

/** One handler for each operation of contracts/openapi.yaml, but for those of health and metrics. */
export function handlersOf(base: Base, store: Store, hospitals: Hospitals, waits: Waits, live: LiveEvents): Handlers {
  const { contracts, log } = base;
  const { eventTypes } = contracts;
  const { db, seal, queue, issuer } = store;
  const { adapters, connections } = hospitals;
  const changes = {
    db,
    seal,
    settled: (transactionId: string, timeoutMs: number, signal: AbortSignal) =>
      waits.settled(transactionId, timeoutMs, signal),
    problem: (error: HubError, transactionId: string) => problemReply(error, contracts.errors, transactionId),
  };
  const readable = readableAdapters(adapters);
  // Whichever process reads it does so as soon as it can, and again until it has succeeded.
  const synchronise = (connectionId: string): void =>
    void beginPolling(db, readable)
      .then(() => pollNow(db, connectionId))
      .catch((error: unknown) => log.warn({ connectionId, err: error }, 'the HIS is read when its schedule says so'));
  return {
    ...alertRoutes(db),
    ...appointmentRoutes({
      ...changes,
      queue,
      freshenSlot: (organizationId, slotId) => freshenSlot({ db, connections, log }, organizationId, slotId),
    }),
    ...connectionRoutes({
      db,
      seal,
      queue,
      adapters: adapterCatalogue(adapters, fieldErrors),
      check: connectionChecks({ sql: db, seal, adapters, connections, log }),
      synchronise,
      reconcile: (connectionId, askedBy) => askReconciliation(db, connectionId, askedBy),
    }),
    ...driftRoutes({ db, resolveDrift: (caller, id, settlement) => resolveDrift(db, caller, id, settlement) }),
    ...eventRoutes({
      eventTypes,
      listen: (interest, after, beatMs, signal) => live.listen(interest, after, beatMs, signal),
    }),
    ...holdRoutes({
      ...changes,
      holdAtHis: (slotId, expiresAt) => holdAtHis({ db, connections, log }, slotId, expiresAt),
    }),
    ...identityRoutes((request) => exchangeClientCredentials({ sql: db, issuer }, request)),
    ...locationRoutes(db),
    ...mappingRoutes({
      db,
      seal,
      queue,
      tools: hospitals.workbench,
      readInputs: ({ connectionId, name }) => readInputs({ connections, log }, connectionId, name),
      synchronise,
    }),
    ...overviewRoutes(db),
    ...patientRoutes({
      db,
      updating: [...adapters].flatMap(([id, { manifest }]) =>
        manifest.capabilities.includes('UpdatesPatients') ? [id] : [],
      ),
    }),
    ...providerRoutes(db),
    ...replayRoutes(store),
    ...sandboxRoutes(hospitals.sandbox?.enter),
    ...scheduleRoutes(db),
    ...slotRoutes(db),
    ...transactionRoutes(db),
    ...webhookRoutes({ db, seal, eventTypes, urlProblem: urlProblemOf(base) }),
  };
}
