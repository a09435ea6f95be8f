import type { Caller } from '../domain/index.ts';
import { atLocationsOf } from './visible-locations.ts';

/**
 * The SQL condition under which the caller may see a row of table `patient` (named `patient` in the statement): its own
 * organization's; as a patient only itself; as a provider only those who have, or had, an appointment with it; bound to locations,
 * only those who have, or had, an appointment there, or whom the same client entered. Adds its parameters to `values`.
 */
export function patientVisibleTo(caller: Caller, patient: string, values: unknown[]): string {
  const parameter = (value: string): string => `$${values.push(value)}::uuid`;
  const conditions = [`${patient}.organization_id = ${parameter(caller.organizationId)}`];
  if (caller.role === 'patient')
    conditions.push(caller.patientId === undefined ? 'false' : `${patient}.id = ${parameter(caller.patientId)}`);
  if (caller.role === 'provider') {
    conditions.push(
      caller.providerId === undefined
        ? 'false'
        : `exists (select 1 from appointment seen
      where seen.patient_id = ${patient}.id and seen.provider_id = ${parameter(caller.providerId)})`,
    );
  }
  const there = atLocationsOf(caller, 'seen.location_id', values);
  if (there) {
    const client = `$${values.push(caller.clientId)}`;
    conditions.push(`(${patient}.created_by = ${client}
      or exists (select 1 from appointment seen where seen.patient_id = ${patient}.id and ${there}))`);
  }
  return conditions.join(' and ');
}
