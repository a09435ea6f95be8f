/**
 * The chain: each record of an organization has a place, and a hash of its content, its place and the hash before. What is written
 * here is what an export says, too, so that it can be verified by whoever has it, with the standard library of any language.
 */
import { createHash } from 'node:crypto';

/** In this order their values are hashed. Texts or null, as Postgres shows them; bytes in hex. */
export const RECORD_FIELDS = [
  'id',
  'organizationId',
  'recordedAt',
  'begunId',
  'transactionId',
  'actorId',
  'actorRole',
  'address',
  'action',
  'kind',
  'resourceKind',
  'resourceId',
  'outcome',
  'errorCode',
  'detail',
  'reason',
] as const;
export type RecordField = (typeof RECORD_FIELDS)[number];
export type AuditRecord = Readonly<Record<RecordField, string | null>>;

/** SQL: the record `r` as an object of RECORD_FIELDS; null when there is none. To the microsecond, as it is kept. */
export const RECORD_JSON = `case when r.id is not null then json_build_object('id', r.id, 'organizationId', r.organization_id,
  'recordedAt', to_char(r.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'begunId', r.begun_id,
  'transactionId', r.transaction_id, 'actorId', r.actor_id, 'actorRole', r.actor_role, 'address', r.address, 'action', r.action,
  'kind', r.kind, 'resourceKind', r.resource_kind, 'resourceId', r.resource_id, 'outcome', r.outcome, 'errorCode', r.error_code,
  'detail', r.detail, 'reason', encode(r.reason, 'hex')) end`;

/** The place of a record. */
export interface Place {
  readonly organizationId: string;
  /** 1 for the first. */
  readonly sequence: number;
  /** Hex; empty before the first. */
  readonly previousHash: string;
}

/** SHA-256, hex, of a JSON array: a word for the format, the place, the values. */
export const hashOf = ({ organizationId, sequence, previousHash }: Place, record: AuditRecord): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        'tessera-audit-1',
        organizationId,
        sequence,
        previousHash,
        ...RECORD_FIELDS.map((each) => record[each]),
      ]),
    )
    .digest('hex');

/** What is signed: so many records there were at that time, and this was the hash of the last. */
export interface Head {
  readonly organizationId: string;
  readonly sequence: number;
  /** Of the head before; 0 for the first. */
  readonly previousSequence: number;
  readonly hash: string;
  /** RFC 3339, to the millisecond. */
  readonly signedAt: string;
}

export interface SignedHead extends Head {
  /** The hash of the public key. */
  readonly kid: string;
  /** Ed25519, base64url. */
  readonly signature: string;
}

export const signedBytes = ({ organizationId, sequence, previousSequence, hash, signedAt }: Head): Buffer =>
  Buffer.from(JSON.stringify(['tessera-audit-head-1', organizationId, sequence, previousSequence, hash, signedAt]));

/** SQL: the head `h` as a SignedHead; null when there is none. */
export const HEAD_JSON = `case when h.sequence is not null then json_build_object('organizationId', h.organization_id,
  'sequence', h.sequence, 'previousSequence', h.previous_sequence, 'hash', encode(h.hash, 'hex'),
  'signedAt', to_char(h.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kid', h.kid,
  'signature', translate(encode(h.signature, 'base64'), E'+/=\\n', '-_')) end`;

/** What is signed when records are dropped because their time is over: those up to this place may be gone. */
export interface LetGo {
  readonly organizationId: string;
  readonly sequence: number;
  /** Of this place. */
  readonly hash: string;
  /** RFC 3339, to the millisecond: what was recorded since then is there. */
  readonly before: string;
  readonly signedAt: string;
}

export interface SignedLetGo extends LetGo {
  readonly kid: string;
  /** Ed25519, base64url. */
  readonly signature: string;
}

export const letGoBytes = ({ organizationId, sequence, hash, before, signedAt }: LetGo): Buffer =>
  Buffer.from(JSON.stringify(['tessera-audit-let-go-1', organizationId, sequence, hash, before, signedAt]));

/** SQL: the row `l` of audit_let_go as a SignedLetGo. */
export const LET_GO_JSON = `json_build_object('organizationId', l.organization_id, 'sequence', l.sequence,
  'hash', encode(l.hash, 'hex'), 'before', to_char(l.before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'signedAt', to_char(l.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'kid', l.kid,
  'signature', translate(encode(l.signature, 'base64'), E'+/=\\n', '-_'))`;
