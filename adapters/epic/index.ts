/** Epic: public FHIR (STU3 scheduling, R4 people and places), and the licensed Interconnect services. See README.md. */
import { CONTRACT_VERSION, defineAdapter, type Connector } from '#adapter-kit';
import { book } from './book.ts';
import { cancel } from './cancel.ts';
import { check } from './check.ts';
import { EpicClient } from './client.ts';
import { listLocations, listProviders } from './directory.ts';
import { listAppointments } from './appointments.ts';
import { lookUp } from './lookup.ts';
import { createPatient, matchPatient } from './patients.ts';
import { CONFIG_SCHEMA, SECRETS, settingsFrom } from './settings.ts';
import { findSlots } from './slots.ts';

export default defineAdapter({
  manifest: {
    id: 'epic',
    title: 'Epic',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'his',
    capabilities: [
      'FindsSlots',
      'ListsAppointments',
      'ListsProviders',
      'ListsLocations',
      'MatchesPatients',
      'CreatesPatients',
      'ChecksItself',
    ],
    lookup: 'by-client-reference',
    configSchema: CONFIG_SCHEMA,
    secrets: SECRETS,
  },
  connect(connection): Connector {
    const client = new EpicClient(settingsFrom(connection));
    return {
      book: (call, request) => book(client, call, request),
      cancel: (call, request) => cancel(client, call, request),
      lookup: (call, request) => lookUp(client, call, request),
      findSlots: (call, window) => findSlots(client, call, window),
      listAppointments: (call, request) => listAppointments(client, call, request),
      listProviders: (call) => listProviders(client, call),
      listLocations: (call) => listLocations(client, call),
      matchPatient: (call, person) => matchPatient(client, call, person),
      createPatient: (call, person) => createPatient(client, call, person),
      check: (call) => check(client, call),
      // Nothing is kept open: connections belong to the process, tokens end by themselves.
      close: () => Promise.resolve(),
    };
  },
});
