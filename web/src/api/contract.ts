/** Made from contracts/openapi.yaml by `npm run docs`. Do not edit. */
export interface Schemas {
  'location-create': {
    name: string;
    timeZone: Schemas['time-zone'];
    address?: Schemas['address'] | null;
    connectionId?: Schemas['id'];
  };
  'location-update': {
    id?: Schemas['id'];
    name: string;
    timeZone: Schemas['time-zone'];
    address?: Schemas['address'] | null;
    connectionId?: Schemas['id'];
    version?: number;
  };
  id: string;
  instant: string;
  'provider-create': {
    name: Schemas['human-name'];
    email?: Schemas['email'] | null;
    phone?: Schemas['phone'] | null;
    specialties?: string[];
    languages?: string[];
    insurances?: string[];
    locations: Schemas['id'][];
    identifiers?: Schemas['identifier'][];
  };
  'provider-update': {
    id?: Schemas['id'];
    name: Schemas['human-name'];
    email?: Schemas['email'] | null;
    phone?: Schemas['phone'] | null;
    specialties?: string[];
    languages?: string[];
    insurances?: string[];
    locations: Schemas['id'][];
    identifiers?: Schemas['identifier'][];
    rating?: number | null;
    connectionId?: Schemas['id'];
    version?: number;
  };
  schedule: {
    rules: {
      rrule: string;
      start: string;
      end: string;
      slotMinutes: number;
      mode: Schemas['mode'];
      capacity: number;
      locationId: Schemas['id'];
    }[];
    exceptions: { from: Schemas['instant']; to: Schemas['instant']; reason: string }[];
  };
  'slot-create': {
    providerId: Schemas['id'];
    locationId: Schemas['id'];
    start: Schemas['instant'];
    end: Schemas['instant'];
    mode?: Schemas['mode'];
  };
  'slot-update': { status: 'free' | 'blocked' };
  'hold-create': { slotId: Schemas['id']; ttlSeconds?: number };
  'appointment-create': {
    slotId: Schemas['id'];
    patientId: Schemas['id'];
    holdId?: Schemas['id'];
    reason?: string;
    mode?: Schemas['mode'];
  };
  'appointment-status': 'pending' | 'booked' | 'arrived' | 'fulfilled' | 'cancelled' | 'noshow' | 'rejected';
  'appointment-change': { slotId?: Schemas['id']; holdId?: Schemas['id']; status?: 'arrived' | 'fulfilled' | 'noshow' };
  'appointment-release': { reason: string };
  'patient-create': {
    name: Schemas['human-name'];
    birthDate: string;
    email?: Schemas['email'] | null;
    phone?: Schemas['phone'] | null;
    address?: Schemas['address'] | null;
    identifiers?: Schemas['identifier'][];
  };
  'patient-search': {
    email?: Schemas['email'];
    phone?: Schemas['phone'];
    identifier?: Schemas['identifier'];
    family?: string;
    given?: string[];
    birthDate?: string;
  };
  'patients-found': { items: Schemas['patient'][] };
  'patient-update': {
    id?: Schemas['id'];
    name: Schemas['human-name'];
    birthDate: string;
    email?: Schemas['email'] | null;
    phone?: Schemas['phone'] | null;
    address?: Schemas['address'] | null;
    identifiers?: Schemas['identifier'][];
    version?: number;
    updates?: unknown[];
  };
  'patient-export': {
    exportedAt: Schemas['instant'];
    patient: Schemas['patient'];
    appointments: Schemas['appointment'][];
    transactions: {
      id: Schemas['id'];
      kind: string;
      state: string;
      appointmentId: Schemas['id'];
      createdAt: Schemas['instant'];
      attempts: { at: Schemas['instant']; exchanges: unknown[] | null }[];
    }[];
  };
  'patient-erase': { reason: string };
  'patient-erasure': { patientId: Schemas['id']; erasedAt: Schemas['instant'] };
  'legal-hold': { reason: string | null };
  'transaction-state':
    | 'queued'
    | 'sending'
    | 'retrying'
    | 'parked'
    | 'unknown'
    | 'verifying'
    | 'needs_review'
    | 'failed'
    | 'succeeded'
    | 'rejected'
    | 'superseded';
  'transaction-kind': 'book' | 'reschedule' | 'cancel';
  'owner-change': { userId: string | null; insteadOf?: string | null };
  'payload-reveal': { reason: string };
  'replay-request': { mode: 'same' | 'remap' | 'edited'; payload?: { reason: string | null }; why?: string };
  'replay-resolution': { as: 'booked' | 'absent'; externalId?: string; reason: string };
  'replay-plan-create': {
    filter: {
      state?: Schemas['transaction-state'];
      connection?: Schemas['id'];
      kind?: Schemas['transaction-kind'];
      appointment?: Schemas['id'];
      patient?: Schemas['id'];
      externalId?: string;
      errorCode?: string;
      from?: Schemas['instant'];
      to?: Schemas['instant'];
      q?: string;
      owner?: string;
    };
    ceiling?: number;
    ratePerSecond?: number;
    mode?: 'same' | 'remap';
  };
  'connection-create': {
    key: string;
    name: string;
    adapter: string;
    config: Record<string, unknown>;
    secrets: Record<string, string>;
    policy?: Schemas['connection-policy'];
    location?: { name: string; timeZone: Schemas['time-zone']; externalId?: string };
    state?: 'active' | 'paused';
  };
  'connection-change': {
    name?: string;
    config?: Record<string, unknown>;
    secrets?: Record<string, string | null>;
    policy?: Schemas['connection-policy'];
  };
  'connection-pause': { reason?: string };
  'drift-kind':
    | 'ghost-slot'
    | 'missing-slot'
    | 'booked-outside'
    | 'cancelled-outside'
    | 'moved-outside'
    | 'changed-provider'
    | 'patient-merged'
    | 'orphan-at-his'
    | 'unknown-to-his';
  'drift-resolution': { settlement: 'his-wins' | 'hub-wins' };
  'mapping-draft': {
    connectionId: Schemas['id'];
    files: Schemas['mapping-files'];
    note?: string;
    announced?: string[];
  };
  'mapping-try-request': {
    connectionId: Schemas['id'];
    number?: number;
    files?: Schemas['mapping-files'];
    input: unknown;
    saveAs?: string;
  };
  'mapping-dry-run-request': { connectionId: Schemas['id']; number?: number; files?: Schemas['mapping-files'] };
  'mapping-diff-request': { connectionId: Schemas['id']; number?: number; files?: Schemas['mapping-files'] };
  'mapping-publish': {
    connectionId: Schemas['id'];
    number: number;
    canary?: { share?: number; locationIds?: Schemas['id'][]; shadow?: boolean };
    override?: { reason: string };
  };
  'mapping-rollback': { connectionId: Schemas['id']; to?: number };
  'code-mapping': { value: string };
  'webhook-create': { url: string; description?: string; types?: string[]; connectionId?: Schemas['id'] };
  'webhook-change': { url?: string; description?: string | null; types?: string[]; state?: 'enabled' | 'disabled' };
  'webhook-since': { since: Schemas['instant'] };
  'webhook-rotation': { overlapHours?: number };
  'alert-kind':
    | 'breaker-open'
    | 'outcome-unknown'
    | 'needs-review'
    | 'appointments-blocked'
    | 'feed-silent'
    | 'certificate-expires'
    | 'messages-held'
    | 'payload-revealed'
    | 'webhook-failing'
    | 'events-stuck';
  'organization-create': { key: string; name: string; admin: { email: Schemas['email']; name: string } };
  'user-create': {
    email: Schemas['email'];
    name: string;
    role: 'patient' | 'provider' | 'support' | 'engineer' | 'admin';
    patientId?: Schemas['id'];
    providerId?: Schemas['id'];
    locationIds?: Schemas['id'][] | null;
  };
  'user-change': {
    name?: string;
    role?: 'support' | 'engineer' | 'admin';
    locationIds?: Schemas['id'][] | null;
    state?: 'active' | 'disabled';
  };
  'client-create': {
    name: string;
    role: 'app' | 'support' | 'engineer' | 'admin';
    scopes?: string[] | null;
    locationIds?: Schemas['id'][] | null;
    jwks?: {
      keys: {
        kty: 'RSA' | 'EC';
        kid: string;
        alg?: 'RS384' | 'ES384';
        use?: 'sig';
        key_ops?: 'verify'[];
        n?: string;
        e?: string;
        crv?: 'P-384';
        x?: string;
        y?: string;
      }[];
    } | null;
  };
  'client-change': {
    name?: string;
    scopes?: string[] | null;
    locationIds?: Schemas['id'][] | null;
    jwks?: {
      keys: {
        kty: 'RSA' | 'EC';
        kid: string;
        alg?: 'RS384' | 'ES384';
        use?: 'sig';
        key_ops?: 'verify'[];
        n?: string;
        e?: string;
        crv?: 'P-384';
        x?: string;
        y?: string;
      }[];
    } | null;
    state?: 'active' | 'disabled';
  };
  'client-rotation': { overlapHours?: number };
  'signing-key-create': { atOnce?: boolean };
  'signing-key': { kid: string };
  'key-rotation-step': { of: 'root' | 'patients'; begin?: boolean; dryRun?: boolean };
  'key-rotation': { of: 'root' | 'patients'; done: number; total: number };
  'token-request': {
    grant_type?: string;
    client_id?: string;
    client_secret?: string;
    scope?: string;
    client_assertion_type?: string;
    client_assertion?: string;
  };
  token: { access_token: string; token_type: 'Bearer'; expires_in: number; scope?: string };
  'sandbox-entry': { code: string };
  'openid-configuration': {
    issuer: string;
    authorization_endpoint: string;
    token_endpoint: string;
    jwks_uri: string;
    revocation_endpoint?: string;
    end_session_endpoint: string;
    scopes_supported?: string[];
    response_types_supported: string[];
    response_modes_supported?: string[];
    grant_types_supported?: string[];
    subject_types_supported: string[];
    id_token_signing_alg_values_supported: string[];
    token_endpoint_auth_methods_supported?: string[];
    token_endpoint_auth_signing_alg_values_supported?: string[];
    code_challenge_methods_supported?: string[];
    claims_supported?: string[];
  };
  'smart-configuration': {
    issuer?: string;
    jwks_uri?: string;
    authorization_endpoint?: string;
    token_endpoint: string;
    grant_types_supported: string[];
    token_endpoint_auth_methods_supported?: string[];
    token_endpoint_auth_signing_alg_values_supported?: string[];
    scopes_supported?: string[];
    response_types_supported?: string[];
    code_challenge_methods_supported: string[];
    capabilities: string[];
  };
  'key-set': { keys: { kty: string; kid: string; alg?: string; use?: string; crv?: string; x?: string; y?: string }[] };
  mode: 'in-person' | 'telemedicine';
  webhook: {
    id: Schemas['id'];
    url: string;
    description: string | null;
    types: string[];
    connectionId: Schemas['id'] | null;
    state: 'enabled' | 'disabled';
    stateReason: 'by-request' | 'gone' | 'failing' | null;
    failures: number;
    failingSince: Schemas['instant'] | null;
    resumesAt: Schemas['instant'] | null;
    lastSuccessAt: Schemas['instant'] | null;
    secretRotatesUntil: Schemas['instant'] | null;
    pending: number;
    failed: number;
    createdAt: Schemas['instant'];
  };
  Webhooks: { items: Schemas['webhook'][]; nextCursor: string | null };
  organization: { id: Schemas['id']; key: string; name: string; createdAt: Schemas['instant'] };
  Organizations: { items: Schemas['organization'][]; nextCursor: string | null };
  'organization-created': { organization: Schemas['organization']; adminId: Schemas['id']; temporaryPassword: string };
  user: {
    id: Schemas['id'];
    email: string;
    name: string;
    role: 'patient' | 'provider' | 'support' | 'engineer' | 'admin';
    patientId: Schemas['id'] | null;
    providerId: Schemas['id'] | null;
    locationIds: Schemas['id'][] | null;
    state: 'active' | 'temporary-password' | 'locked' | 'disabled';
    secondFactors: 'totp'[];
    signedInAt: Schemas['instant'] | null;
    createdAt: Schemas['instant'];
    version: number;
  };
  Owners: { items: Schemas['possible-owner'][]; nextCursor: string | null };
  Users: { items: Schemas['user'][]; nextCursor: string | null };
  'user-created': { user: Schemas['user']; temporaryPassword: string };
  client: {
    id: string;
    name: string;
    role: string;
    scopes: string[] | null;
    locationIds: Schemas['id'][] | null;
    authentication: 'secret' | 'private_key_jwt' | 'none';
    jwks: Record<string, unknown> | null;
    secretRotatesUntil: Schemas['instant'] | null;
    state: 'active' | 'disabled';
    createdAt: Schemas['instant'];
    version: number;
  };
  Clients: { items: Schemas['client'][]; nextCursor: string | null };
  'client-created': { client: Schemas['client']; secret: string | null };
  'webhook-created': { webhook: Schemas['webhook']; secret: string };
  'webhook-queued': { queued: number };
  'webhook-delivery': {
    id: Schemas['id'];
    eventId: Schemas['id'];
    type: string;
    appointmentId: Schemas['id'] | null;
    state: 'pending' | 'delivered' | 'failed';
    attempts: number;
    dueAt: Schemas['instant'] | null;
    createdAt: Schemas['instant'];
    settledAt: Schemas['instant'] | null;
  };
  WebhookDeliveries: { items: Schemas['webhook-delivery'][]; nextCursor: string | null };
  WebhookAttempts: { items: Schemas['webhook-attempt'][]; nextCursor: string | null };
  Alerts: { items: Schemas['alert'][]; nextCursor: string | null };
  location: {
    id: Schemas['id'];
    name: string;
    timeZone: Schemas['time-zone'];
    address: Schemas['address'] | null;
    connectionId: Schemas['id'];
    version?: number;
  };
  Locations: { items: Schemas['location'][]; nextCursor: string | null };
  provider: {
    id: Schemas['id'];
    name: Schemas['human-name'];
    email: Schemas['email'] | null;
    phone: Schemas['phone'] | null;
    specialties: string[];
    languages: string[];
    insurances: string[];
    locations: Schemas['id'][];
    identifiers: Schemas['identifier'][];
    rating: number | null;
    connectionId?: Schemas['id'];
    version?: number;
  };
  Providers: { items: Schemas['provider'][]; nextCursor: string | null };
  slot: {
    id: Schemas['id'];
    externalId: string | null;
    providerId: Schemas['id'];
    locationId: Schemas['id'];
    start: Schemas['instant'];
    end: Schemas['instant'];
    timeZone: Schemas['time-zone'];
    mode: Schemas['mode'];
    status: 'free' | 'busy' | 'blocked';
    asOf: Schemas['instant'];
    stale: boolean;
  };
  Slots: { items: Schemas['slot'][]; nextCursor: string | null };
  hold: { id: Schemas['id']; slotId: Schemas['id']; expiresAt: Schemas['instant'] };
  appointment: {
    id: Schemas['id'];
    status: Schemas['appointment-status'];
    slotId: Schemas['id'];
    providerId: Schemas['id'];
    locationId: Schemas['id'];
    connectionId?: Schemas['id'];
    patientId: Schemas['id'];
    start: Schemas['instant'];
    end: Schemas['instant'];
    timeZone: Schemas['time-zone'];
    mode: Schemas['mode'];
    reason: string | null;
    externalId: string | null;
    version: number;
    pendingChange?: { kind: Schemas['transaction-kind']; transactionId: Schemas['id']; slotId?: Schemas['id'] };
    transactions: { id: Schemas['id']; kind: Schemas['transaction-kind']; state: Schemas['transaction-state'] }[];
  };
  Appointments: { items: Schemas['appointment'][]; nextCursor: string | null };
  patient: {
    id: Schemas['id'];
    name: Schemas['human-name'];
    birthDate: string;
    email: Schemas['email'] | null;
    phone: Schemas['phone'] | null;
    address: Schemas['address'] | null;
    identifiers: Schemas['identifier'][];
    version: number;
    updates: {
      connectionId: Schemas['id'];
      state: 'pending' | 'sent' | 'refused';
      errorCode: string | null;
      at: Schemas['instant'];
    }[];
  };
  transaction: {
    id: Schemas['id'];
    kind: Schemas['transaction-kind'];
    state: Schemas['transaction-state'];
    connectionId: Schemas['id'];
    appointmentId: Schemas['id'];
    slotId?: Schemas['id'];
    fromSlotId?: Schemas['id'] | null;
    locationId?: Schemas['id'];
    providerId?: Schemas['id'];
    start?: Schemas['instant'];
    end?: Schemas['instant'];
    timeZone?: Schemas['time-zone'];
    externalId?: string | null;
    clientId?: string;
    step?: string | null;
    attempts: number;
    mappingVersion: string | null;
    errorClass?: string | null;
    errorCode: string | null;
    dueAt?: Schemas['instant'] | null;
    releasedAt?: Schemas['instant'] | null;
    replayRequest?: {
      id: Schemas['id'];
      state: 'waiting' | 'approved' | 'rejected';
      requestedBy: string;
      requestedAt: Schemas['instant'];
      changed: string[];
    } | null;
    createdAt: Schemas['instant'];
    settledAt: Schemas['instant'] | null;
    owner?: Schemas['owner'] | null;
  };
  me: {
    clientId: string;
    role: 'patient' | 'provider' | 'support' | 'engineer' | 'admin';
    organizationId: Schemas['id'];
    locationIds: Schemas['id'][] | null;
  };
  'sandbox-tokens': { support: string; engineer: string; admin: string };
  overview: {
    at: Schemas['instant'];
    connections: Schemas['connection-overview'][];
    bookingsToday: Record<string, number>;
    openAlerts: number;
    unknown: number;
    needsReview: number;
    failed: number;
    blocked: number;
  };
  'transaction-counts': { states: Record<string, number>; atMost: number };
  FailureGroups: { items: Schemas['failure-group'][]; nextCursor: string | null };
  Adapters: { items: Schemas['adapter'][]; nextCursor: string | null };
  Transactions: { items: Schemas['transaction'][]; nextCursor: string | null };
  'replay-approval': {
    id: Schemas['id'];
    transactionId: Schemas['id'];
    state: 'waiting' | 'approved' | 'rejected';
    requestedBy: string;
    requestedAt: Schemas['instant'];
    changed: string[];
    before: { reason?: string | null };
    after: { reason?: string | null };
    why: string | null;
    decidedBy: string | null;
    decidedAt: Schemas['instant'] | null;
  };
  ReconciliationRuns: { items: Schemas['reconciliation-run'][]; nextCursor: string | null };
  DriftDays: { items: Schemas['drift-day'][]; nextCursor: string | null };
  'provider-day': {
    providerId: Schemas['id'];
    connectionId: Schemas['id'];
    date: string;
    timeZone: Schemas['time-zone'];
    hubAsOf: Schemas['instant'];
    hisAsOf: Schemas['instant'] | null;
    hisErrorCode: string | null;
    showsFreeTimes: boolean;
    showsAllAppointments: boolean;
    rows: {
      start: Schemas['instant'];
      end: Schemas['instant'] | null;
      hub: {
        status:
          | 'free'
          | 'busy'
          | 'blocked'
          | 'held'
          | 'pending'
          | 'booked'
          | 'arrived'
          | 'fulfilled'
          | 'noshow'
          | 'cancelled'
          | 'rejected';
        slotId: Schemas['id'];
        appointmentId: Schemas['id'] | null;
        externalId: string | null;
      } | null;
      his: { status: 'free' | 'booked' | 'cancelled'; externalId: string } | null;
      difference: Schemas['drift-kind'] | null;
      driftId: Schemas['id'] | null;
    }[];
  };
  DriftList: { items: Schemas['drift'][]; nextCursor: string | null };
  drift: {
    id: Schemas['id'];
    connectionId: Schemas['id'];
    runId: Schemas['id'] | null;
    kind: Schemas['drift-kind'];
    cause: 'missed-event' | 'late-event' | 'mapping' | 'edit-at-his' | 'zone-shift' | 'dst-shift';
    state: 'open' | 'settled';
    settlement: 'his-wins' | 'hub-wins' | 'ask';
    obstacle: string | null;
    slotId: Schemas['id'] | null;
    appointmentId: Schemas['id'] | null;
    providerId: Schemas['id'] | null;
    transactionId: Schemas['id'] | null;
    externalId: string | null;
    details: Record<string, unknown>;
    foundAt: Schemas['instant'];
    seenAt: Schemas['instant'];
    settledAt: Schemas['instant'] | null;
    settledBy: string | null;
  };
  Messages: { items: Schemas['received-message'][]; nextCursor: string | null };
  'received-message': {
    id: Schemas['id'];
    connectionId: Schemas['id'];
    controlId: string;
    kind: string;
    state: 'waiting' | 'applied' | 'held' | 'dismissed';
    code: string | null;
    detail: string | null;
    unmappedCodeId: Schemas['id'] | null;
    tries: number;
    keyReused: boolean;
    receivedAt: Schemas['instant'];
    heldAt: Schemas['instant'] | null;
    settledAt: Schemas['instant'] | null;
    settledBy: string | null;
    owner: Schemas['owner'] | null;
    segments?: string[];
  };
  BlockedAppointments: { items: Schemas['blocked-appointment'][]; nextCursor: string | null };
  'replay-plan': {
    id: Schemas['id'];
    state: 'planned' | 'running' | 'paused' | 'cancelled' | 'finished';
    filter: Schemas['replay-plan-create']['filter'];
    ceiling: number;
    ratePerSecond: number;
    clientId: string;
    createdAt: Schemas['instant'];
    startedAt: Schemas['instant'] | null;
    endedAt: Schemas['instant'] | null;
    count: number;
    predicted: {
      'will-create': number;
      'already-done': number;
      'will-conflict': number;
      superseded: number;
      'not-replayable': number;
    };
    progress: {
      waiting: number;
      open: number;
      succeeded: number;
      rejected: number;
      failed: number;
      needsReview: number;
      superseded: number;
      refused: number;
      skipped: number;
      cancelled: number;
    };
    items?: {
      transactionId: Schemas['id'];
      predicted: 'will-create' | 'already-done' | 'will-conflict' | 'superseded' | 'not-replayable';
      asksFirst: boolean;
      laterTransactionId: Schemas['id'] | null;
      state: 'waiting' | 'replayed' | 'refused' | 'skipped' | 'cancelled';
      result: string | null;
      errorCode: string | null;
      at: Schemas['instant'] | null;
    }[];
    mode: Schemas['replay-plan-create']['mode'];
  };
  ReplayPlans: { items: Schemas['replay-plan'][]; nextCursor: string | null };
  'mapping-version': {
    number: number;
    state: 'draft' | 'canary' | 'active' | 'retired';
    note: string | null;
    announced: string[];
    createdAt: Schemas['instant'] | null;
    createdBy: string | null;
    publishedAt: Schemas['instant'] | null;
    publishedBy: string | null;
    replaced: number | null;
    overridden: boolean;
    canary: { share?: number; locationIds?: Schemas['id'][]; shadow?: boolean } | null;
    shadow: {
      compared: number;
      differing: number;
      failing: number;
      fields: { field: string; messages: number; records?: Schemas['id'][] }[];
    } | null;
    files?: Schemas['mapping-files'];
  };
  'mapping-try': {
    kind: 'done' | 'misfit' | 'refused' | 'stopped';
    output?: unknown;
    error?: Record<string, unknown>;
    problems?: Record<string, unknown>[];
    files?: Schemas['mapping-files'] | null;
    differs?: string[];
  };
  'mapping-dry-run': {
    reads: {
      read: 'listLocations' | 'listProviders' | 'findSlots';
      class: string;
      reason: string | null;
      inputs: number;
      applied: string[];
    }[];
    inputs: {
      kind: 'done' | 'misfit' | 'refused' | 'stopped';
      error?: Record<string, unknown>;
      problems?: Record<string, unknown>[];
      example?: Record<string, unknown> | null;
      differs?: string[];
    }[];
  };
  'mapping-diff': {
    total: number;
    same: number;
    changed: number;
    failed: number;
    recovered: number;
    bothFailed: number;
    changedFields: { field: string; messages: number; records?: Schemas['id'][] }[];
    failedFields: { field: string; messages: number; records?: Schemas['id'][] }[];
    unannounced: Record<string, unknown>[];
  };
  'mapping-coverage': {
    fields: {
      done: number;
      total: number;
      percent: number;
      neverSet: { field: string; line: number; column: number }[];
      each: { field: string; line: number; column: number; setBy: string[] }[];
    };
    source: { done: number; total: number; percent: number; neverRead: string[] };
    branches: {
      done: number;
      total: number;
      percent: number;
      neverTaken: { field: string; line: number; column: number; what: string; outcome: string }[];
    };
    withoutRule: string[];
  };
  'unmapped-code': {
    id: Schemas['id'];
    connectionId: Schemas['id'];
    mappings: string[];
    table: string;
    side: 'vendor' | 'canonical';
    code: string;
    firstSeenAt: Schemas['instant'];
    lastSeenAt: Schemas['instant'];
    waiting: number;
    skipped: number;
    mappedTo: string | null;
    mappedBy: string | null;
    mappedAt: Schemas['instant'] | null;
  };
  Mappings: { items: Schemas['mapping-state'][]; nextCursor: string | null };
  MappingVersions: { items: Schemas['mapping-version'][]; nextCursor: string | null };
  UnmappedCodes: { items: Schemas['unmapped-code'][]; nextCursor: string | null };
  timeline: { transactionId: Schemas['id']; items: Schemas['timeline-entry'][]; nextCursor: string | null };
  payloads: {
    transactionId: Schemas['id'];
    masked: boolean;
    hiddenAt: Schemas['instant'] | null;
    attempts: {
      number: number;
      step: string;
      purpose: 'execute' | 'look-up';
      startedAt: Schemas['instant'];
      class: string | null;
      gone: 'erased' | 'over' | null;
      exchanges:
        | {
            at: Schemas['instant'];
            durationMs: number;
            method: string;
            url: string;
            write: boolean;
            requestBody: string | null;
            status: number | null;
            responseBody: string | null;
            failure: string | null;
          }[]
        | null;
    }[];
  };
  ApiRequests: { items: Schemas['api-request'][]; nextCursor: string | null };
  AuditRecords: { items: Schemas['audit-record'][]; nextCursor: string | null };
  connection: {
    id: Schemas['id'];
    key: string;
    name: string;
    adapter: string;
    managedBy: 'hub' | 'his';
    state: 'active' | 'paused' | 'parked';
    stateReason: string | null;
    config?: Record<string, unknown>;
    policy?: Schemas['connection-policy'];
    synchronisedAt: Schemas['instant'] | null;
    createdAt: Schemas['instant'];
    hasSecrets?: boolean;
    expiries?: Schemas['expiry'][];
  };
  'connection-check': {
    connectionId: Schemas['id'];
    checkedAt: Schemas['instant'];
    ok: boolean;
    summary: string;
    durationMs: number;
    warnings: { detail: string; remedy: string }[];
    steps: {
      step: 'dns' | 'tcp' | 'tls' | 'auth' | 'read' | 'map' | 'write';
      ok: boolean;
      skipped: boolean;
      durationMs: number;
      detail: string;
      remedy?: string;
    }[];
  };
  'connection-health': {
    connectionId: Schemas['id'];
    state: 'active' | 'paused' | 'parked';
    stateReason: string | null;
    breaker: 'closed' | 'open';
    limiter: {
      callsPerSecond: number;
      usedLastSecond: number;
      throttledUntil: Schemas['instant'] | null;
      processes: number;
    };
    queue: { depth: number; oldestAgeSeconds: number | null };
    unknown: number;
    needsReview: number;
    failed: number;
    last24h: {
      attempts: number;
      succeeded: number;
      refused: number;
      unavailable: number;
      lost: number;
      p50Ms: number | null;
      p95Ms: number | null;
    };
    lastSuccessAt: Schemas['instant'] | null;
    synchronisedAt: Schemas['instant'] | null;
    stale: boolean;
    expiries: Schemas['expiry'][];
    feed: { heardAt: Schemas['instant'] | null; silent: boolean; detail: string | null; remedy: string | null } | null;
  };
  Connections: { items: Schemas['connection'][]; nextCursor: string | null };
  synchronisation: {
    connectionId: Schemas['id'];
    runId: Schemas['id'];
    acceptedAt: Schemas['instant'];
    synchronisedAt: Schemas['instant'] | null;
  };
  health: { status: 'ok' | 'unavailable'; checks?: Record<string, string> };
  'token-error': { error: string; error_description?: string };
  problem: {
    type: string;
    title: string;
    status: number;
    detail: string;
    instance?: string;
    transactionId: Schemas['id'];
    errors?: { pointer: string; detail: string }[];
    conflicts?: Record<string, unknown>[];
    alternatives?: Schemas['slot'][];
  };
  'time-zone': string;
  address: { line?: string[]; city?: string; postalCode?: string; country?: string };
  'human-name': { given: string[]; family: string; prefix?: string | null };
  email: string;
  phone: string;
  identifier: { system: string; value: string };
  'connection-policy': {
    writeDeadlineMs?: number;
    readDeadlineMs?: number;
    lookupScheduleMs?: number[];
    absenceGapMs?: number;
    leaseMs?: number;
    breakerResetMs?: number;
    retryBaseMs?: number;
    retriesMax?: number;
    concurrency?: number;
    callsPerSecond?: number;
    staleAfterMs?: number;
    feedSilentAfterMs?: number;
    messagesKeptDays?: number;
    blockedAfterMs?: number;
    recordedInputsMax?: number;
    replayApproval?: 'none' | 'second-person';
    maintenance?: { from: Schemas['instant']; to: Schemas['instant'] }[];
    poll?: {
      bands?: { untilDays: number; everyMs: number }[];
      pageDays?: number;
      directoryMs?: number;
      reconcileMs?: number;
      rateShare?: number;
    };
    drift?: {
      'ghost-slot'?: 'his-wins' | 'hub-wins' | 'ask';
      'missing-slot'?: 'his-wins' | 'hub-wins' | 'ask';
      'booked-outside'?: 'his-wins' | 'hub-wins' | 'ask';
      'cancelled-outside'?: 'his-wins' | 'hub-wins' | 'ask';
      'moved-outside'?: 'his-wins' | 'hub-wins' | 'ask';
      'changed-provider'?: 'his-wins' | 'hub-wins' | 'ask';
      'patient-merged'?: 'his-wins' | 'hub-wins' | 'ask';
      'orphan-at-his'?: 'his-wins' | 'hub-wins' | 'ask';
      'unknown-to-his'?: 'his-wins' | 'hub-wins' | 'ask';
    };
  };
  'mapping-files': Record<string, string>;
  'possible-owner': { id: Schemas['id']; name: string; role: 'support' | 'engineer' | 'admin' };
  'webhook-attempt': {
    id: Schemas['id'];
    deliveryId: Schemas['id'];
    eventId: Schemas['id'];
    type: string;
    number: number;
    at: Schemas['instant'];
    durationMs: number;
    status: number | null;
    errorCode: string | null;
  };
  alert: {
    id: Schemas['id'];
    kind: Schemas['alert-kind'];
    subjectType: 'connection' | 'webhook' | 'follower';
    subjectId: string;
    detail: string;
    link: string;
    openedAt: Schemas['instant'];
    resolvedAt: Schemas['instant'] | null;
  };
  owner: { id: string; name: string | null; since: Schemas['instant'] };
  'connection-overview': {
    id: Schemas['id'];
    key: string;
    name: string;
    adapter: string;
    managedBy: 'hub' | 'his';
    state: 'active' | 'paused' | 'parked';
    stateReason: string | null;
    breaker: 'closed' | 'open';
    queue: { depth: number; oldestAgeSeconds: number | null };
    unknown: number;
    needsReview: number;
    failed: number;
    last24h: Schemas['connection-health']['last24h'];
    hours: { from: Schemas['instant']; attempts: number; succeeded: number; troubled: number }[];
    synchronisedAt: Schemas['instant'] | null;
    stale: boolean;
    nextReadAt: Schemas['instant'] | null;
  };
  'failure-group': {
    connectionId: Schemas['id'];
    kind: Schemas['transaction-kind'];
    errorClass: string | null;
    errorCode: string;
    count: number;
    waiting: number;
    firstAt: Schemas['instant'];
    lastAt: Schemas['instant'];
    days: { day: string; count: number }[];
    latestTransactionId: Schemas['id'];
  };
  adapter: {
    id: string;
    title: string;
    managedBy: 'hub' | 'his';
    capabilities: string[];
    configSchema: Record<string, unknown>;
    secrets: string[];
    listsLocations: boolean;
  };
  'reconciliation-run': {
    id: Schemas['id'];
    connectionId: Schemas['id'];
    state: 'waiting' | 'running' | 'done' | 'failed';
    askedBy: string | null;
    errorCode: string | null;
    counts: Record<string, number>;
    askedAt: Schemas['instant'];
    startedAt: Schemas['instant'] | null;
    endedAt: Schemas['instant'] | null;
  };
  'drift-day': {
    connectionId: Schemas['id'];
    providerId: Schemas['id'] | null;
    providerName: string | null;
    day: string | null;
    open: number;
    settled: number;
    kinds: Record<string, number>;
  };
  'blocked-appointment': {
    appointmentId: Schemas['id'];
    connectionId: Schemas['id'];
    transactionId: Schemas['id'];
    kind: Schemas['transaction-kind'];
    state: Schemas['transaction-state'];
    errorCode: string | null;
    since: Schemas['instant'];
    ageSeconds: number;
    waiting: number;
    releasable: boolean;
    owner: Schemas['owner'] | null;
  };
  'mapping-state': {
    name: string;
    connectionId: Schemas['id'];
    description: string;
    active: number;
    canary: number | null;
    latest: number;
  };
  'timeline-entry':
    | {
        at: Schemas['instant'];
        kind: 'request';
        method: string;
        route: string;
        status: number;
        durationMs: number;
        errorCode: string | null;
        clientId?: string | null;
      }
    | { at: Schemas['instant']; kind: 'event'; event: string; data?: Record<string, unknown> }
    | {
        at: Schemas['instant'];
        kind: 'attempt';
        number: number;
        step: string;
        purpose: 'execute' | 'look-up';
        class: string | null;
        reason?: string | null;
        vendorCode?: string | null;
        durationMs?: number | null;
        endedAt?: Schemas['instant'] | null;
      };
  'api-request': {
    id: Schemas['id'];
    transactionId: Schemas['id'];
    clientId: string | null;
    method: string;
    route: string;
    status: number;
    errorCode: string | null;
    durationMs: number;
    at: Schemas['instant'];
  };
  'audit-record': {
    id: Schemas['id'];
    at: Schemas['instant'];
    sequence: number | null;
    action: string;
    actorId: string | null;
    actorRole: string | null;
    address: string;
    resourceKind: string | null;
    resourceId: string | null;
    outcome: 'begun' | 'done' | 'refused' | 'failed';
    errorCode: string | null;
    detail: Record<string, unknown>;
    transactionId: string | null;
    reason: string | null;
  };
  expiry: {
    kind: 'server-certificate' | 'client-certificate' | 'token';
    subject: string | null;
    endsAt: Schemas['instant'];
    seenAt: Schemas['instant'];
    soon: boolean;
  };
}
/** As openapi-fetch reads it. */
export interface paths {
  '/v1/locations': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Locations'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['location-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['location'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/locations/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['location'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'If-Match'?: string } };
      requestBody: { content: { 'application/json': Schemas['location-update'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['location'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        412: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/providers': {
    get: {
      parameters: {
        path?: never;
        query?: {
          location?: Schemas['id'];
          specialty?: string;
          language?: string;
          insurance?: string;
          q?: string;
          nextAvailableBefore?: Schemas['instant'];
          sort?: 'name' | 'nextAvailable' | 'rating';
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Providers'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['provider-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['provider'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/providers/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['provider'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'If-Match'?: string } };
      requestBody: { content: { 'application/json': Schemas['provider-update'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['provider'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        412: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/providers/{id}/schedule': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['schedule'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'If-Match'?: string } };
      requestBody: { content: { 'application/json': Schemas['schedule'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['schedule'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        412: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/providers/{id}/availability': {
    get: {
      parameters: {
        path: { id: Schemas['id'] };
        query?: {
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          maxAge?: number;
          mode?: Schemas['mode'];
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Slots'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/providers/{id}/day': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query: { date: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['provider-day'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/slots': {
    get: {
      parameters: {
        path?: never;
        query?: {
          specialty?: string;
          location?: Schemas['id'];
          provider?: Schemas['id'];
          language?: string;
          insurance?: string;
          mode?: Schemas['mode'];
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          maxAge?: number;
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Slots'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['slot-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['slot'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/slots/{id}': {
    get?: never;
    post?: never;
    put?: never;
    patch: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['slot-update'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['slot'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    delete?: never;
  };
  '/v1/holds': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['hold-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['hold'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/holds/{id}': {
    get?: never;
    post?: never;
    put?: never;
    patch?: never;
    delete: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        204: { headers: Record<string, string>; content?: never };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
  };
  '/v1/appointments': {
    get: {
      parameters: {
        path?: never;
        query?: {
          patient?: Schemas['id'];
          provider?: Schemas['id'];
          location?: Schemas['id'];
          status?: Schemas['appointment-status'];
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          updatedSince?: Schemas['instant'];
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Appointments'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header: { 'Idempotency-Key': string; Prefer?: string } };
      requestBody: { content: { 'application/json': Schemas['appointment-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        503: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/appointments/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch: {
      parameters: {
        path: { id: Schemas['id'] };
        query?: never;
        header: { 'If-Match': string; 'Idempotency-Key': string; Prefer?: string };
      };
      requestBody: { content: { 'application/json': Schemas['appointment-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        412: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        428: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        503: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    delete: {
      parameters: {
        path: { id: Schemas['id'] };
        query?: { reason?: string };
        header: { 'If-Match': string; 'Idempotency-Key': string; Prefer?: string };
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['appointment'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        412: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        428: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        503: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
  };
  '/v1/appointments/{id}/release': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['appointment-release'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/blocked-appointments': {
    get: {
      parameters: {
        path?: never;
        query?: { connection?: Schemas['id']; owner?: string; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['BlockedAppointments'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/patients': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['patient-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['patient'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/patients/search': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['patient-search'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['patients-found'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/patients/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['patient'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'If-Match'?: string } };
      requestBody: { content: { 'application/json': Schemas['patient-update'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['patient'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        412: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/patients/{id}/export': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['patient-export'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/patients/{id}/erase': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['patient-erase'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['patient-erasure'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/patients/{id}/legal-hold': {
    get?: never;
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['legal-hold'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['legal-hold'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/patients/{id}/appointments': {
    get: {
      parameters: {
        path: { id: Schemas['id'] };
        query?: {
          status?: Schemas['appointment-status'];
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Appointments'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions': {
    get: {
      parameters: {
        path?: never;
        query?: {
          state?: Schemas['transaction-state'];
          connection?: Schemas['id'];
          kind?: Schemas['transaction-kind'];
          appointment?: Schemas['id'];
          patient?: Schemas['id'];
          externalId?: string;
          errorCode?: string;
          q?: string;
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          owner?: string;
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Transactions'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transaction-counts': {
    get: {
      parameters: {
        path?: never;
        query?: {
          connection?: Schemas['id'];
          kind?: Schemas['transaction-kind'];
          appointment?: Schemas['id'];
          patient?: Schemas['id'];
          externalId?: string;
          errorCode?: string;
          q?: string;
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          owner?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction-counts'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/failure-groups': {
    get: {
      parameters: { path?: never; query?: { connection?: Schemas['id']; from?: Schemas['instant'] }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['FailureGroups'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/owner': {
    get?: never;
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['owner-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/owners': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Owners'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/timeline': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['timeline'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/payloads': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['payloads'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/reveal': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['payload-reveal'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['payloads'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/replay': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['replay-approval'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['replay-request'] } };
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/resolve': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['replay-resolution'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/replay/approve': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/transactions/{id}/replay/reject': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['transaction'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/replay-plans': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['ReplayPlans'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['replay-plan-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['replay-plan'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/replay-plans/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: { items?: 'all' | 'none' }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['replay-plan'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/replay-plans/{id}/run': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['replay-plan'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/replay-plans/{id}/pause': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['replay-plan'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/replay-plans/{id}/cancel': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['replay-plan'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/requests': {
    get: {
      parameters: {
        path?: never;
        query?: {
          transaction?: Schemas['id'];
          client?: string;
          route?: string;
          status?: number;
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['ApiRequests'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/overview': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['overview'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/adapters': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Adapters'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/connections': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Connections'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['connection-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['connection'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/connections/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['connection'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['connection-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['connection'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    delete?: never;
  };
  '/v1/connections/{id}/check': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['connection-check'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/connections/{id}/pause': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: { content: { 'application/json': Schemas['connection-pause'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['connection'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/connections/{id}/resume': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['connection'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/connections/{id}/health': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['connection-health'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/connections/{id}/reconcile': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['synchronisation'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/reconciliation-runs': {
    get: {
      parameters: {
        path?: never;
        query?: { connection?: Schemas['id']; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['ReconciliationRuns'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/drift': {
    get: {
      parameters: {
        path?: never;
        query?: {
          connection?: Schemas['id'];
          kind?: Schemas['drift-kind'];
          state?: 'open' | 'settled';
          run?: Schemas['id'];
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['DriftList'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/drift-days': {
    get: {
      parameters: { path?: never; query?: { connection?: Schemas['id']; state?: 'open' | 'settled' }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['DriftDays'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/drift/{id}/resolve': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['drift-resolution'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['drift'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/messages': {
    get: {
      parameters: {
        path?: never;
        query?: {
          connection?: Schemas['id'];
          state?: 'waiting' | 'applied' | 'held' | 'dismissed';
          controlId?: string;
          owner?: string;
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Messages'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/messages/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['received-message'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/messages/{id}/owner': {
    get?: never;
    post?: never;
    put: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['owner-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['received-message'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    patch?: never;
    delete?: never;
  };
  '/v1/messages/{id}/replay': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['received-message'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/messages/{id}/dismiss': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['received-message'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings': {
    get: {
      parameters: {
        path?: never;
        query?: { connection?: Schemas['id']; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Mappings'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/versions': {
    get: {
      parameters: {
        path: { name: string };
        query: { connection: Schemas['id']; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['MappingVersions'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path: { name: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['mapping-draft'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['mapping-version'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/versions/{number}': {
    get: {
      parameters: { path: { name: string; number: string }; query: { connection: Schemas['id'] }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['mapping-version'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/try': {
    get?: never;
    post: {
      parameters: { path: { name: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['mapping-try-request'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['mapping-try'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/dryrun': {
    get?: never;
    post: {
      parameters: { path: { name: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['mapping-dry-run-request'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['mapping-dry-run'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/diff': {
    get?: never;
    post: {
      parameters: { path: { name: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['mapping-diff-request'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['mapping-diff'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/publish': {
    get?: never;
    post: {
      parameters: { path: { name: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['mapping-publish'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['MappingVersions'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/rollback': {
    get?: never;
    post: {
      parameters: { path: { name: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['mapping-rollback'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['MappingVersions'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/mappings/{name}/coverage': {
    get: {
      parameters: { path: { name: string }; query: { connection: Schemas['id']; number?: number }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['mapping-coverage'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        422: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/unmapped-codes': {
    get: {
      parameters: {
        path?: never;
        query?: { connection?: Schemas['id']; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['UnmappedCodes'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/unmapped-codes/{id}/map': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['code-mapping'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['unmapped-code'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Webhooks'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['webhook-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook-created'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['webhook-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    delete: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        204: { headers: Record<string, string>; content?: never };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
  };
  '/v1/webhooks/{id}/test': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook-delivery'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}/recover': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['webhook-since'] } };
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook-queued'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}/replay-missing': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['webhook-since'] } };
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook-queued'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}/rotate-secret': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: { content: { 'application/json': Schemas['webhook-rotation'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook-created'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}/deliveries': {
    get: {
      parameters: {
        path: { id: Schemas['id'] };
        query?: { state?: 'pending' | 'delivered' | 'failed'; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['WebhookDeliveries'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}/deliveries/{delivery}/resend': {
    get?: never;
    post: {
      parameters: {
        path: { id: Schemas['id']; delivery: Schemas['id'] };
        query?: never;
        header?: { 'Idempotency-Key'?: string };
      };
      requestBody?: never;
      responses: {
        202: { headers: Record<string, string>; content: { 'application/json': Schemas['webhook-delivery'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/webhooks/{id}/attempts': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['WebhookAttempts'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/events': {
    get: {
      parameters: {
        path?: never;
        query?: { type?: string; connection?: Schemas['id']; appointment?: Schemas['id'] };
        header?: { 'Last-Event-ID'?: string };
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'text/event-stream': string } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/alerts': {
    get: {
      parameters: {
        path?: never;
        query?: { state?: 'open' | 'resolved' | 'all'; kind?: Schemas['alert-kind']; limit?: number; cursor?: string };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Alerts'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/inbound/{connectionId}/notifications': {
    get?: never;
    post: {
      parameters: { path: { connectionId: string }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'text/xml': string; 'application/soap+xml': string } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        401: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        413: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        415: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        503: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/organizations': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Organizations'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['organization-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['organization-created'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/organizations/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['organization'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/users': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Users'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['user-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['user-created'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/users/{id}': {
    get: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['user'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['user-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['user'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    delete?: never;
  };
  '/v1/users/{id}/reset': {
    get?: never;
    post: {
      parameters: { path: { id: Schemas['id'] }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['user-created'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/clients': {
    get: {
      parameters: { path?: never; query?: { limit?: number; cursor?: string }; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['Clients'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['client-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['client-created'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/clients/{id}': {
    get: {
      parameters: { path: { id: string }; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['client'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch: {
      parameters: { path: { id: string }; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['client-change'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['client'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    delete?: never;
  };
  '/v1/clients/{id}/rotate-secret': {
    get?: never;
    post: {
      parameters: { path: { id: string }; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: { content: { 'application/json': Schemas['client-rotation'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['client-created'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        409: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/signing-keys': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody?: { content: { 'application/json': Schemas['signing-key-create'] } };
      responses: {
        201: { headers: Record<string, string>; content: { 'application/json': Schemas['signing-key'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/key-rotations': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: { 'Idempotency-Key'?: string } };
      requestBody: { content: { 'application/json': Schemas['key-rotation-step'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['key-rotation'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/audit': {
    get: {
      parameters: {
        path?: never;
        query?: {
          actor?: string;
          action?: string;
          resource?: string;
          transaction?: Schemas['id'];
          outcome?: 'begun' | 'done' | 'refused' | 'failed';
          from?: Schemas['instant'];
          to?: Schemas['instant'];
          limit?: number;
          cursor?: string;
        };
        header?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['AuditRecords'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/audit/export': {
    get: {
      parameters: { path?: never; query?: { format?: 'ndjson' | 'fhir'; after?: number }; header?: never };
      requestBody?: never;
      responses: {
        200: {
          headers: Record<string, string>;
          content: { 'application/x-ndjson': string; 'application/fhir+ndjson': string };
        };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/oauth/token': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody: { content: { 'application/x-www-form-urlencoded': Schemas['token-request'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['token'] } };
        400: {
          headers: Record<string, string>;
          content: { 'application/json': Schemas['token-error']; 'application/problem+json': Schemas['problem'] };
        };
        401: {
          headers: Record<string, string>;
          content: { 'application/json': Schemas['token-error']; 'application/problem+json': Schemas['problem'] };
        };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/me': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['me'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/v1/sandbox/enter': {
    get?: never;
    post: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody: { content: { 'application/json': Schemas['sandbox-entry'] } };
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['sandbox-tokens'] } };
        400: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        404: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/.well-known/openid-configuration': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['openid-configuration'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/.well-known/smart-configuration': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['smart-configuration'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/oauth/jwks': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['key-set'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/livez': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['health'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/readyz': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'application/json': Schemas['health'] } };
        503: { headers: Record<string, string>; content: { 'application/json': Schemas['health'] } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
  '/metrics': {
    get: {
      parameters: { path?: never; query?: never; header?: never };
      requestBody?: never;
      responses: {
        200: { headers: Record<string, string>; content: { 'text/plain': string } };
        default: { headers: Record<string, string>; content: { 'application/problem+json': Schemas['problem'] } };
      };
    };
    post?: never;
    put?: never;
    patch?: never;
    delete?: never;
  };
}
/** Who may call each operation, and how far each reaches; those that need no token are not here. */
export const REACH_OF = {
  listLocations: {
    app: 'location',
    patient: 'organization',
    provider: 'organization',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  createLocation: { admin: 'organization' },
  readLocation: {
    app: 'location',
    patient: 'organization',
    provider: 'organization',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  updateLocation: { admin: 'organization' },
  listProviders: {
    app: 'location',
    patient: 'organization',
    provider: 'organization',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  createProvider: { admin: 'organization' },
  readProvider: {
    app: 'location',
    patient: 'organization',
    provider: 'organization',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  updateProvider: { provider: 'schedule', admin: 'organization' },
  readSchedule: {
    app: 'location',
    provider: 'schedule',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  updateSchedule: { provider: 'schedule', admin: 'organization' },
  readAvailability: {
    app: 'location',
    patient: 'organization',
    provider: 'organization',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  readProviderDay: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listSlots: {
    app: 'location',
    patient: 'organization',
    provider: 'organization',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
  createSlot: { provider: 'schedule', admin: 'organization' },
  updateSlot: { provider: 'schedule', admin: 'organization' },
  createHold: { app: 'location', patient: 'organization', admin: 'organization' },
  deleteHold: { app: 'client', patient: 'client', admin: 'client' },
  listAppointments: {
    app: 'location',
    patient: 'patient',
    provider: 'schedule',
    support: 'location',
    admin: 'organization',
  },
  createAppointment: { app: 'location', patient: 'patient', admin: 'organization' },
  readAppointment: {
    app: 'location',
    patient: 'patient',
    provider: 'schedule',
    support: 'location',
    admin: 'organization',
  },
  changeAppointment: { app: 'location', patient: 'patient', provider: 'schedule', admin: 'organization' },
  cancelAppointment: { app: 'location', patient: 'patient', provider: 'schedule', admin: 'organization' },
  releaseAppointment: { support: 'location', admin: 'organization' },
  listBlockedAppointments: { support: 'organization', engineer: 'organization', admin: 'organization' },
  createPatient: { app: 'location', admin: 'organization' },
  searchPatients: { app: 'location', admin: 'organization' },
  readPatient: {
    app: 'location',
    patient: 'patient',
    provider: 'schedule',
    support: 'location',
    admin: 'organization',
  },
  updatePatient: { app: 'location', patient: 'patient', admin: 'organization' },
  exportPatient: { patient: 'patient', admin: 'organization' },
  erasePatient: { admin: 'organization' },
  setLegalHold: { admin: 'organization' },
  listPatientAppointments: {
    app: 'location',
    patient: 'patient',
    provider: 'schedule',
    support: 'location',
    admin: 'organization',
  },
  listTransactions: { app: 'client', support: 'location', engineer: 'organization', admin: 'organization' },
  countTransactions: { support: 'location', engineer: 'organization', admin: 'organization' },
  readFailureGroups: { support: 'location', engineer: 'organization', admin: 'organization' },
  readTransaction: { app: 'client', support: 'location', engineer: 'organization', admin: 'organization' },
  assignTransaction: { support: 'location', engineer: 'organization', admin: 'organization' },
  listOwners: { support: 'location', engineer: 'organization', admin: 'organization' },
  readTimeline: { app: 'client', support: 'location', engineer: 'organization', admin: 'organization' },
  readPayloads: { support: 'location', engineer: 'organization', admin: 'organization' },
  revealPayloads: { support: 'location', admin: 'organization' },
  readReplayApproval: { support: 'location', admin: 'organization' },
  replayTransaction: { support: 'location', admin: 'organization' },
  resolveTransaction: { support: 'location', admin: 'organization' },
  approveReplay: { support: 'location', admin: 'organization' },
  rejectReplay: { support: 'location', admin: 'organization' },
  listReplayPlans: { support: 'organization', admin: 'organization' },
  createReplayPlan: { support: 'organization', admin: 'organization' },
  readReplayPlan: { support: 'organization', admin: 'organization' },
  runReplayPlan: { support: 'organization', admin: 'organization' },
  pauseReplayPlan: { support: 'organization', admin: 'organization' },
  cancelReplayPlan: { support: 'organization', admin: 'organization' },
  listRequests: { support: 'organization', admin: 'organization' },
  readOverview: { support: 'organization', engineer: 'organization', admin: 'organization' },
  readAdapters: { engineer: 'organization', admin: 'organization' },
  listConnections: { support: 'organization', engineer: 'organization', admin: 'organization' },
  createConnection: { engineer: 'organization', admin: 'organization' },
  readConnection: { support: 'organization', engineer: 'organization', admin: 'organization' },
  changeConnection: { engineer: 'organization', admin: 'organization' },
  checkConnection: { engineer: 'organization', admin: 'organization' },
  pauseConnection: { engineer: 'organization', admin: 'organization' },
  resumeConnection: { engineer: 'organization', admin: 'organization' },
  readConnectionHealth: { support: 'organization', engineer: 'organization', admin: 'organization' },
  reconcileConnection: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listReconciliationRuns: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listDrift: { support: 'organization', engineer: 'organization', admin: 'organization' },
  readDriftDays: { support: 'organization', engineer: 'organization', admin: 'organization' },
  resolveDrift: { support: 'organization', admin: 'organization' },
  listMessages: { support: 'organization', engineer: 'organization', admin: 'organization' },
  readMessage: { support: 'organization', engineer: 'organization', admin: 'organization' },
  assignMessage: { support: 'organization', engineer: 'organization', admin: 'organization' },
  replayMessage: { support: 'organization', admin: 'organization' },
  dismissMessage: { support: 'organization', admin: 'organization' },
  listMappings: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listMappingVersions: { support: 'organization', engineer: 'organization', admin: 'organization' },
  draftMappingVersion: { engineer: 'organization', admin: 'organization' },
  readMappingVersion: { support: 'organization', engineer: 'organization', admin: 'organization' },
  tryMapping: { engineer: 'organization', admin: 'organization' },
  dryRunMapping: { engineer: 'organization', admin: 'organization' },
  diffMapping: { engineer: 'organization', admin: 'organization' },
  publishMappingVersion: { engineer: 'organization', admin: 'organization' },
  rollBackMapping: { engineer: 'organization', admin: 'organization' },
  readMappingCoverage: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listUnmappedCodes: { support: 'organization', engineer: 'organization', admin: 'organization' },
  mapCode: { engineer: 'organization', admin: 'organization' },
  listWebhooks: { support: 'organization', engineer: 'organization', admin: 'organization' },
  createWebhook: { engineer: 'organization', admin: 'organization' },
  readWebhook: { support: 'organization', engineer: 'organization', admin: 'organization' },
  changeWebhook: { engineer: 'organization', admin: 'organization' },
  deleteWebhook: { engineer: 'organization', admin: 'organization' },
  testWebhook: { engineer: 'organization', admin: 'organization' },
  recoverWebhook: { support: 'organization', engineer: 'organization', admin: 'organization' },
  replayMissingWebhook: { support: 'organization', engineer: 'organization', admin: 'organization' },
  rotateWebhookSecret: { engineer: 'organization', admin: 'organization' },
  listWebhookDeliveries: { support: 'organization', engineer: 'organization', admin: 'organization' },
  resendWebhookDelivery: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listWebhookAttempts: { support: 'organization', engineer: 'organization', admin: 'organization' },
  streamEvents: { app: 'client', support: 'organization', engineer: 'organization', admin: 'organization' },
  listAlerts: { support: 'organization', engineer: 'organization', admin: 'organization' },
  listOrganizations: { admin: 'organization' },
  createOrganization: { admin: 'organization' },
  readOrganization: { admin: 'organization' },
  listUsers: { admin: 'organization' },
  createUser: { admin: 'organization' },
  readUser: { admin: 'organization' },
  changeUser: { admin: 'organization' },
  resetUser: { admin: 'organization' },
  listClients: { admin: 'organization' },
  createClient: { admin: 'organization' },
  readClient: { admin: 'organization' },
  changeClient: { admin: 'organization' },
  rotateClientSecret: { admin: 'organization' },
  rotateSigningKey: { admin: 'organization' },
  rotateKeys: { admin: 'organization' },
  listAuditRecords: { admin: 'organization' },
  exportAudit: { admin: 'organization' },
  readMe: {
    patient: 'patient',
    provider: 'schedule',
    support: 'location',
    engineer: 'organization',
    admin: 'organization',
  },
} as const;
export type OperationId = keyof typeof REACH_OF;
