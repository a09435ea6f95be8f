/** A record as an AuditEvent of FHIR R4 (hl7.org/fhir/R4/auditevent.html). */
import type { AuditEvent, AuditEventAgent, AuditEventEntity } from 'fhir/r4.js';
import type { AuditRecord } from './chain.ts';

const TYPES = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const ACTIONS = 'https://tessera.dev/fhir/CodeSystem/audit-action';
const PARTICIPANTS = 'http://terminology.hl7.org/CodeSystem/extra-security-role-type';

/** Value set audit-event-outcome: success, minor failure, serious failure. */
const OUTCOMES: Readonly<Record<string, '0' | '4' | '8'>> = { done: '0', refused: '4', failed: '8' };

/** Resource types of FHIR by the hub's words. */
const RESOURCES: Readonly<Record<string, string>> = {
  patient: 'Patient',
  appointment: 'Appointment',
  provider: 'Practitioner',
  location: 'Location',
  slot: 'Slot',
  organization: 'Organization',
};

/** `reason`: opened. */
export function auditEvent(record: AuditRecord, sequence: number, reason: string | null): AuditEvent {
  const { id, recordedAt, action, kind, outcome, errorCode } = record;
  return {
    resourceType: 'AuditEvent',
    ...(id !== null && { id }),
    type:
      kind === 'sign-in'
        ? { system: DICOM, code: '110114', display: 'User Authentication' }
        : { system: TYPES, code: 'rest', display: 'RESTful Operation' },
    subtype: [{ system: ACTIONS, code: action ?? '' }],
    action: actionOf(kind, action),
    // The fraction of a FHIR instant may be as fine as it is kept.
    recorded: recordedAt ?? '',
    ...(outcome !== null && { outcome: OUTCOMES[outcome] ?? '8' }),
    ...(outcome === null && { outcomeDesc: 'begun; what came of it was not recorded' }),
    ...(errorCode !== null && { outcomeDesc: errorCode }),
    ...(reason !== null && { purposeOfEvent: [{ text: reason }] }),
    agent: [agentOf(record)],
    source: {
      observer: { display: 'Tessera', identifier: { value: record.organizationId ?? '' } },
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '4',
          display: 'Application Server',
        },
      ],
    },
    entity: [entityOf(record, sequence)],
  };
}

/** Value set audit-event-action: create, read, update, delete, execute. */
function actionOf(kind: string | null, action: string | null): 'C' | 'R' | 'U' | 'D' | 'E' {
  if (kind === 'read') return 'R';
  if (action?.endsWith('.create')) return 'C';
  if (action?.endsWith('.change')) return 'U';
  return action?.endsWith('.delete') ? 'D' : 'E';
}

const agentOf = ({ actorId, actorRole, address }: AuditRecord): AuditEventAgent => ({
  ...(actorRole !== null && {
    type: { coding: [{ system: PARTICIPANTS, code: actorRole === 'app' ? 'dataprocessor' : 'humanuser' }] },
    role: [{ text: actorRole }],
  }),
  ...(actorId !== null && { who: { identifier: { value: actorId } } }),
  requestor: true,
  ...(address !== null && { network: { address, type: '2' } }),
});

function entityOf(record: AuditRecord, sequence: number): AuditEventEntity {
  const { resourceKind, resourceId, transactionId, detail } = record;
  const type = RESOURCES[resourceKind ?? ''];
  const said = [
    ['sequence', String(sequence)],
    ['transaction', transactionId],
    ['detail', detail === '{}' ? null : detail],
  ] as const;
  return {
    ...(resourceId !== null && {
      what: type === undefined ? { identifier: { value: resourceId } } : { reference: `${type}/${resourceId}` },
    }),
    ...(resourceKind !== null && { description: resourceKind }),
    detail: said.flatMap(([name, valueString]) => (valueString === null ? [] : [{ type: name, valueString }])),
  };
}
