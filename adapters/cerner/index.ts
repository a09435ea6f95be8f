/** Oracle Health Millennium (formerly Cerner): FHIR R4 with a system token. See README.md. */
import { CONTRACT_VERSION, defineAdapter, readFhirNotification, type Connector } from '#adapter-kit';
import { book } from './book.ts';
import { cancel } from './cancel.ts';
import { check } from './check.ts';
import { CernerClient } from './client.ts';
import { listLocations, listProviders } from './directory.ts';
import { hold } from './hold.ts';
import { listAppointments } from './appointments.ts';
import { lookUp } from './lookup.ts';
import { createPatient, matchPatient } from './patients.ts';
import { reschedule } from './reschedule.ts';
import { CONFIG_SCHEMA, SECRETS, settingsFrom } from './settings.ts';
import { findSlots } from './slots.ts';

export default defineAdapter({
  manifest: {
    id: 'cerner',
    title: 'Oracle Health (Cerner)',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'his',
    capabilities: [
      'FindsSlots',
      'ListsAppointments',
      'Reschedules',
      'ListsProviders',
      'ListsLocations',
      'MatchesPatients',
      'CreatesPatients',
      'HoldsSlots',
      'ReceivesPushes',
      'ChecksItself',
    ],
    lookup: 'by-slot-and-patient',
    configSchema: CONFIG_SCHEMA,
    secrets: SECRETS,
  },
  connect(connection): Connector {
    const client = new CernerClient(settingsFrom(connection));
    return {
      book: (call, request) => book(client, call, request),
      cancel: (call, request) => cancel(client, call, request),
      reschedule: (call, request) => reschedule(client, call, request),
      lookup: (call, request) => lookUp(client, call, request),
      findSlots: (call, window) => findSlots(client, call, window),
      listAppointments: (call, request) => listAppointments(client, call, request),
      listProviders: (call) => listProviders(client, call),
      listLocations: (call) => listLocations(client, call),
      matchPatient: (call, person) => matchPatient(client, call, person),
      createPatient: (call, person) => createPatient(client, call, person),
      hold: (call, request) => hold(client, call, request),
      // Millennium has no Subscription: what comes is sent by the site's own integration engine. See README.md.
      receivePush: async (_, pushed) => readFhirNotification(pushed),
      check: (call) => check(client, call),
      // Nothing is kept open: connections belong to the process, tokens end by themselves.
      close: () => Promise.resolve(),
    };
  },
});
