import type { Caller } from '../domain/index.ts';

/**
 * The SQL condition under which the caller may see a row of table `appointment` (named `appointment` in the statement):
 * its own organization's; as a patient its own; as a provider its own. Adds its parameters to `values`.
 */
export function appointmentVisibleTo(caller: Caller, appointment: string, values: unknown[]): string {
  const parameter = (value: string): string => `$${values.push(value)}::uuid`;
  const ofOrganization = `${appointment}.organization_id = ${parameter(caller.organizationId)}`;
  if (caller.role === 'patient') {
    return caller.patientId === undefined
      ? 'false'
      : `${ofOrganization} and ${appointment}.patient_id = ${parameter(caller.patientId)}`;
  }
  if (caller.role === 'provider') {
    return caller.providerId === undefined
      ? 'false'
      : `${ofOrganization} and ${appointment}.provider_id = ${parameter(caller.providerId)}`;
  }
  return ofOrganization;
}
