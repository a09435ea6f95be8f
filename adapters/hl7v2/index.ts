/** HL7 v2 over MLLP: requests by SRM, slots and changes by the HIS's own feed (SIU, MFN). See README.md. */
import { CONTRACT_VERSION, defineAdapter, type Connector } from '#adapter-kit';
import { check } from './check.ts';
import { Line } from './line.ts';
import { lookUp } from './lookup.ts';
import { updatePatient } from './patient-update.ts';
import { receive } from './receive.ts';
import { CONFIG_SCHEMA, SECRETS, settingsFrom } from './settings.ts';
import { book, cancel, reschedule } from './write.ts';

export default defineAdapter({
  manifest: {
    id: 'hl7v2',
    title: 'HL7 v2 over MLLP',
    contractVersion: CONTRACT_VERSION,
    managedBy: 'his',
    capabilities: ['Reschedules', 'UpdatesPatients', 'ReceivesNotices', 'ChecksItself'],
    lookup: 'by-client-reference',
    configSchema: CONFIG_SCHEMA,
    secrets: SECRETS,
  },
  connect(connection): Connector {
    const settings = settingsFrom(connection);
    const line = new Line(settings);
    return {
      book: (call, request) => book(settings, line, call, request),
      cancel: (call, request) => cancel(settings, line, call, request),
      reschedule: (call, request) => reschedule(settings, line, call, request),
      lookup: (call, request) => lookUp(settings, line, call, request),
      updatePatient: (call, patient) => updatePatient(settings, line, call, patient),
      receive: async (call, message) => receive(settings, call, message),
      check: (call) => check(settings, line, call),
      close: () => line.close(),
    };
  },
});
