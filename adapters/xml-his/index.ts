/** XML over HTTP: SOAP 1.1 and 1.2, and plain XML; what a HIS says and wants to hear is in its profile. See README.md. */
import { CONTRACT_VERSION, defineAdapter, type Connector } from '#adapter-kit';
import { book, reschedule } from './book.ts';
import { cancel } from './cancel.ts';
import { check } from './check.ts';
import { XmlClient } from './client.ts';
import { findSlots, listLocations, listProviders } from './directory.ts';
import { lookUp } from './lookup.ts';
import { createPatient, matchPatient } from './patients.ts';
import { receivePush } from './receive-push.ts';
import { CONFIG_SCHEMA, SECRETS, settingsFrom } from './settings.ts';

export default defineAdapter({
  manifest: {
    id: 'xml-his',
    title: 'XML HIS (REST or SOAP)',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'his',
    capabilities: [
      'FindsSlots',
      'Reschedules',
      'ListsProviders',
      'ListsLocations',
      'MatchesPatients',
      'CreatesPatients',
      'ReceivesPushes',
      'ChecksItself',
    ],
    lookup: 'by-client-reference',
    configSchema: CONFIG_SCHEMA,
    secrets: SECRETS,
  },
  connect(connection): Connector {
    const client = new XmlClient(settingsFrom(connection));
    return {
      book: (call, request) => book(client, call, request),
      reschedule: (call, request) => reschedule(client, call, request),
      cancel: (call, request) => cancel(client, call, request),
      lookup: (call, request) => lookUp(client, call, request),
      findSlots: (call, window) => findSlots(client, call, window),
      listProviders: (call) => listProviders(client, call),
      listLocations: (call) => listLocations(client, call),
      matchPatient: (call, person) => matchPatient(client, call, person),
      createPatient: (call, person) => createPatient(client, call, person),
      receivePush: async (_, pushed) => receivePush(client.settings, pushed),
      check: (call) => check(client, call),
      // Nothing is kept open: connections belong to the process.
      close: () => Promise.resolve(),
    };
  },
});
