import type { Schemas } from '../api/contract.ts';

export type Drift = Schemas['drift'];

export const DRIFT_KINDS: Readonly<Record<Drift['kind'], string>> = {
  'ghost-slot': 'Free here, not free at the hospital',
  'missing-slot': 'Free at the hospital, not here',
  'booked-outside': 'Booked at the hospital, not by the hub',
  'cancelled-outside': 'Cancelled at the hospital',
  'moved-outside': 'Moved at the hospital',
  'changed-provider': 'Provider changed',
  'patient-merged': 'Patient merged',
  'orphan-at-his': 'At the hospital, unknown here',
  'unknown-to-his': 'Here, unknown to the hospital',
};

export const CAUSES: Readonly<Record<Drift['cause'], string>> = {
  'missed-event': 'the hospital tells such things, and did not tell this one',
  'late-event': 'told too late, or out of order',
  mapping: 'could not be read here: see the mapping',
  'edit-at-his': 'somebody changed it at the hospital',
  'zone-shift': 'whole lists are off by the same time: see the time zone',
  'dst-shift': 'off by an hour since the clocks changed',
};

export const SETTLEMENTS: Readonly<Record<Drift['settlement'], string>> = {
  'his-wins': 'the hub follows the hospital',
  'hub-wins': 'the hub stays as it is',
  ask: 'a person decides',
};
