/** Template HIS: slots, appointments and patients over REST and JSON. See README.md. */
import { CONTRACT_VERSION, defineAdapter, type Connector } from '#adapter-kit';
import { book, cancel, lookUp, reschedule } from './appointments.ts';
import { TemplateClient } from './client.ts';
import { check, createPatient, findSlots, listLocations, listProviders, matchPatient } from './directory.ts';
import { CONFIG_SCHEMA, SECRETS, settingsFrom } from './settings.ts';

export default defineAdapter({
  manifest: {
    id: '_template',
    title: 'Template HIS',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'his',
    // Delete a line here together with its method below: the hub then does without.
    capabilities: [
      'FindsSlots',
      'Reschedules',
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
    const client = new TemplateClient(settingsFrom(connection));
    return {
      book: (call, request) => book(client, call, request),
      cancel: (call, request) => cancel(client, call, request),
      lookup: (call, request) => lookUp(client, call, request),
      reschedule: (call, request) => reschedule(client, call, request),
      findSlots: (call, window) => findSlots(client, call, window),
      listProviders: (call) => listProviders(client, call),
      listLocations: (call) => listLocations(client, call),
      matchPatient: (call, person) => matchPatient(client, call, person),
      createPatient: (call, person) => createPatient(client, call, person),
      check: (call) => check(client, call),
      // Nothing is kept open: connections belong to the process.
      close: () => Promise.resolve(),
    };
  },
});
