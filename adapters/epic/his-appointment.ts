import type { Call, Evidence, Identifier } from '#adapter-kit';

/** contracts/schemas/his-appointment.schema.json */
export interface HisAppointment {
  readonly externalId: string;
  readonly identifiers: readonly Identifier[];
  readonly status: string;
  readonly start: string;
  readonly end?: string;
  readonly locationExternalId?: string;
  readonly patientExternalId?: string;
  readonly providerExternalId?: string;
  readonly notes?: readonly string[];
}

/** The appointments in a Bundle. The mapping holds each of its items to the contract his-appointment. */
export function appointmentsIn(call: Call, bundle: unknown): HisAppointment[] {
  return call.map('appointment', bundle) as HisAppointment[];
}

export function evidenceOf({ externalId, identifiers }: HisAppointment): Evidence {
  return { class: 'success', externalId, identifiers };
}

/** The contact serial number, by which the services know an appointment. The middle of its system differs by site. */
export function csnOf(identifiers: readonly Identifier[]): string | undefined {
  return identifiers.find(({ system }) => system.endsWith('.1.7.3.698084.8'))?.value;
}
