/**
 * The one place where operations are recorded for the audit, as contracts/audit.yaml says. A change is recorded before it begins, in a
 * database transaction of its own, so that none is ever made without a record of it; what came of it is recorded after. A read is
 * recorded before its answer is sent. What cannot be recorded is not done, and not shown.
 */
import { HubError, isId, type AuditEntry, type Caller, type KeepAudit, type Log, type Role } from '../domain/index.ts';
import type { ApiReply } from './operation.ts';

export interface AuditRule {
  readonly action: string;
  readonly kind: 'change' | 'read';
  /** Programs and patients are not recorded. */
  readonly peopleOnly: boolean;
  /** Members of the body whose values are kept. */
  readonly keep: ReadonlySet<string>;
}

/** The rules by operationId. Throws where contracts/audit.yaml is not as it says itself. */
export function readAuditRules(document: unknown): ReadonlyMap<string, AuditRule> {
  if (!isRecord(document) || !isRecord(document['audited']))
    throw new Error('audit.yaml needs `audited`, by operation');
  return new Map(Object.entries(document['audited']).map(([id, entry]) => [id, ruleOf(id, entry)]));
}

function ruleOf(operationId: string, entry: unknown): AuditRule {
  const { action, kind, by, keep = [], ...rest } = isRecord(entry) ? entry : {};
  if (typeof action !== 'string' || (kind !== 'change' && kind !== 'read') || !Array.isArray(keep))
    throw new Error(`audit.yaml: ${operationId} needs \`action\`, \`kind\` (change or read), and \`keep\` as a list`);
  const others = Object.keys(rest);
  if ((by !== undefined && by !== 'people') || others.length > 0)
    throw new Error(`audit.yaml: ${operationId} has what is not known: ${others.join(', ') || 'by'}`);
  return { action, kind, peopleOnly: by === 'people', keep: new Set(keep.map(String)) };
}

/** What is known of a request that may come to be recorded. */
export interface Witnessed {
  readonly transactionId: string;
  /** IP address of the caller. */
  readonly address: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

export interface OperationAudit {
  /** Runs a check; its refusal is recorded. `caller`: whoever it is by then; undefined: nobody knows. */
  checked<T>(request: Witnessed, caller: () => Caller | undefined, check: Promise<T>): Promise<T>;
  /** Carries out the operation. Throws what that throws, or that it could not be recorded. */
  carriedOut(request: Witnessed, caller: Caller, work: () => Promise<ApiReply>): Promise<ApiReply>;
}

const NOT_AUDITED: OperationAudit = {
  checked: (_request, _caller, check) => check,
  carriedOut: (_request, _caller, work) => work(),
};

const PEOPLE: ReadonlySet<Role> = new Set<Role>(['provider', 'support', 'engineer', 'admin']);

/** `rule`: undefined where the operation is not audited. */
export function auditOperation(rule: AuditRule | undefined, keep: KeepAudit | undefined, log: Log): OperationAudit {
  if (!rule || !keep) return NOT_AUDITED;
  const isFor = ({ role }: Caller): boolean => !rule.peopleOnly || PEOPLE.has(role);

  /** Of what is over: whether it can be recorded or not changes nothing any more. */
  const keepOrLog = async (entry: AuditEntry): Promise<void> => {
    await keep(entry).catch((error: unknown) => {
      const { transactionId, action, outcome } = entry;
      log.error({ transactionId, action, outcome, err: error }, 'what came of an operation is missing in the audit');
    });
  };

  return {
    async checked(request, caller, check) {
      try {
        return await check;
      } catch (error) {
        const known = caller();
        if (known && isFor(known) && error instanceof HubError && error.code !== 'quota-exceeded')
          await keepOrLog({ ...entryOf(rule, named(request), known), ...failureOf(error) });
        throw error;
      }
    },
    async carriedOut(request, caller, work) {
      if (!isFor(caller)) return work();
      const entry = entryOf(rule, request, caller);
      const begunId = rule.kind === 'change' ? await keep(entry) : null;
      let reply: ApiReply;
      try {
        reply = await work();
      } catch (error) {
        await keepOrLog({ ...entry, begunId, ...failureOf(error) });
        throw error;
      }
      const done = {
        ...entry,
        begunId,
        ...outcomeOf(reply),
        resourceId: entry.resourceId ?? madeId(reply),
        detail: { ...entry.detail, ...(rule.kind === 'read' && shownIn(entry, reply)) },
      };
      if (rule.kind === 'change') await keepOrLog(done);
      else await keep(done);
      return reply;
    },
  };
}

/** Of who was not let in, nothing is kept that it has written beyond the path. */
const named = ({ transactionId, address, params }: Witnessed): Witnessed => ({ transactionId, address, params });

const entryOf = (rule: AuditRule, request: Witnessed, caller: Caller): AuditEntry => ({
  organizationId: caller.organizationId,
  transactionId: request.transactionId,
  actorId: caller.clientId,
  actorRole: caller.role,
  address: request.address,
  action: rule.action,
  kind: rule.kind,
  resourceKind: rule.action.split('.')[0] ?? null,
  resourceId: namedId(request.params),
  outcome: null,
  errorCode: null,
  detail: detailOf(rule, request),
  reason: reasonOf(request.body),
  begunId: null,
});

/** What a caller writes into a path may be anything: kept is what can be an id, or the name of a mapping. */
function namedId({ id, name }: Readonly<Record<string, string>>): string | null {
  if (id !== undefined) return isId(id) ? id.toLowerCase() : null;
  return name !== undefined && /^[a-z0-9-]{1,60}\.[a-z0-9-]{1,60}$/.test(name) ? name : null;
}

/** Which members were sent and which filters were set; values where they can hold no PHI. */
function detailOf({ keep }: AuditRule, { body, query = {} }: Witnessed): AuditEntry['detail'] {
  const members = isRecord(body) ? Object.entries(body) : [];
  const values = members.filter(([name]) => keep.has(name));
  const filters = Object.entries(query).map(([name, value]) => [name, isPlain(value) ? value : true]);
  return {
    ...(members.length > 0 && { members: members.map(([name]) => name) }),
    ...(values.length > 0 && { values: Object.fromEntries(values) }),
    ...(filters.length > 0 && { query: Object.fromEntries(filters) as Record<string, unknown> }),
  };
}

const isPlain = (value: unknown): boolean => typeof value === 'number' || (typeof value === 'string' && isId(value));

function reasonOf(body: unknown): string | null {
  if (!isRecord(body)) return null;
  const reason = body['reason'] ?? body['why'];
  return typeof reason === 'string' ? reason : null;
}

const outcomeOf = ({ status }: ApiReply): Pick<AuditEntry, 'outcome' | 'errorCode'> => ({
  outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
  errorCode: null,
});

const failureOf = (error: unknown): Pick<AuditEntry, 'outcome' | 'errorCode'> =>
  error instanceof HubError && error.code !== 'internal'
    ? { outcome: 'refused', errorCode: error.code }
    : { outcome: 'failed', errorCode: 'internal' };

/** Of what the operation has made. */
function madeId({ headers, body }: ApiReply): string | null {
  const made = headers?.['Location']?.split('/').at(-1) ?? '';
  if (isId(made)) return made;
  const { id, kid } = isRecord(body) ? body : {};
  return [id, kid].find((each) => typeof each === 'string') ?? null;
}

/** Whom a list showed: patients, by their ids. */
function shownIn({ resourceKind }: AuditEntry, { body }: ApiReply): AuditEntry['detail'] {
  if (resourceKind !== 'patient' && resourceKind !== 'appointment') return {};
  const { items } = isRecord(body) ? body : {};
  if (!Array.isArray(items)) return {};
  const ids = items.filter(isRecord).map(({ id, patientId }) => patientId ?? id);
  return { patients: [...new Set(ids)] };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
