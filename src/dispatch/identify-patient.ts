/** Before a first booking at a HIS: find the patient there, or create it; choose nobody when there is more than one. */
import type { Call, Connector, Outcome, Person } from '../adapter-kit/index.ts';

export async function identifyPatient(connector: Connector, call: Call, person: Person): Promise<Outcome> {
  if (!connector.matchPatient) throw new Error('the connector cannot match patients');
  const match = await connector.matchPatient(call, person);
  if (match.kind === 'one') return match.evidence;
  if (match.kind === 'many') return { class: 'invalid', reason: 'ambiguous-patient' };
  if (!connector.createPatient) return { class: 'not-found', reason: 'patient-unknown' };
  return connector.createPatient(call, person);
}
