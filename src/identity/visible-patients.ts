import type { Caller } from '../domain/index.ts';

/**
 * The SQL condition under which the caller may see a row of table `patient` (named `patient` in the statement): its own
 * organization's; as a patient only itself; as a provider only those who have, or had, an appointment with it.
 * Adds its parameters to `values`.
 */
export function patientVisibleTo(caller: Caller, patient: string, values: unknown[]): string {
  const parameter = (value: string): string => `$${values.push(value)}::uuid`;
  const ofOrganization = `${patient}.organization_id = ${parameter(caller.organizationId)}`;
  if (caller.role === 'patient') {
    return `${ofOrganization} and ${caller.patientId === undefined ? 'false' : `${patient}.id = ${parameter(caller.patientId)}`}`;
  }
  if (caller.role === 'provider') {
    if (caller.providerId === undefined) return `${ofOrganization} and false`;
    const provider = parameter(caller.providerId);
    return `${ofOrganization} and exists (select 1 from appointment seen
      where seen.patient_id = ${patient}.id and seen.provider_id = ${provider})`;
  }
  return ofOrganization;
}
