import type { Caller } from '../domain/index.ts';
import { atLocationsOf } from './visible-locations.ts';

/**
 * The SQL condition under which the caller may see a row of table `appointment` (named `appointment` in the statement):
 * its own organization's; as a patient its own; as a provider its own; bound to locations, those there. Adds its parameters to
 * `values`.
 */
export function appointmentVisibleTo(caller: Caller, appointment: string, values: unknown[]): string {
  const parameter = (value: string): string => `$${values.push(value)}::uuid`;
  const conditions = [`${appointment}.organization_id = ${parameter(caller.organizationId)}`];
  const atLocations = atLocationsOf(caller, `${appointment}.location_id`, values);
  if (atLocations) conditions.push(atLocations);
  if (caller.role === 'patient') {
    if (caller.patientId === undefined) return 'false';
    conditions.push(`${appointment}.patient_id = ${parameter(caller.patientId)}`);
  }
  if (caller.role === 'provider') {
    if (caller.providerId === undefined) return 'false';
    conditions.push(`${appointment}.provider_id = ${parameter(caller.providerId)}`);
  }
  return conditions.join(' and ');
}
