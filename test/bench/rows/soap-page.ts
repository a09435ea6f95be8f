/** T8: a page of slots from a SOAP hospital, from its bytes to slots, beside the parser alone. */
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { loadProfile } from '../../../adapters/xml-his/profile.ts';
import { readRows } from '../../../adapters/xml-his/rows.ts';
import { faultIn, SOAP_NAMESPACES } from '../../../adapters/xml-his/soap.ts';
import { valuesAt } from '../../../adapters/xml-his/xml-path.ts';
import { decodeXml, parseXml, type Call } from '../../../src/adapter-kit/index.ts';
import { loadContracts } from '../../../src/contracts.ts';
import { loadMappings } from '../../../src/mapping/index.ts';
import type { Bench } from '../bench.ts';
import { ratesOf } from '../contest.ts';

const ROOT = join(import.meta.dirname, '../../..');
const ROWS = 290;
const ABOUT = { providers: { externalId: 'd-17' }, locations: { externalId: '27' }, timeZone: 'Europe/Moscow' };

export const bench: Bench = {
  name: 'soap-page',
  row: 'T8',
  title: 'a page of slots from a SOAP hospital',
  what: `An answer of a SOAP hospital with ${ROWS} free slots, in one thread: the hub decodes it, reads it within its limits, looks for faults and maps each row; fast-xml-parser makes objects of the text, and no slots.`,
  figures: {
    hub: { what: 'hub, from bytes to slots', unit: '/s' },
    tree: { what: 'hub, from bytes to a tree', unit: '/s' },
    parser: { what: 'fast-xml-parser, from text to objects', unit: '/s' },
    ratio: { what: 'hub / fast-xml-parser', unit: '×', held: { better: 'more', floor: 1, goal: 3 } },
  },
  async open({ scale }) {
    const profile = loadProfile('regional-soap');
    const operation = profile.operation('slots');
    const mappings = loadMappings(join(ROOT, 'mappings'), loadContracts(join(ROOT, 'contracts'))).for('xml-his');
    if (!operation || !mappings) throw new Error('the profile regional-soap has no slots, or the adapter no mappings');
    const bytes = Buffer.from(page());
    const shape = {
      namespaces: { ...profile.namespaces, s: Object.values(SOAP_NAMESPACES) },
      lists: profile.lists ?? [],
    };
    // Of a call, reading rows needs the mappings and the log alone.
    const call = { map: (name: string, input: unknown) => mappings.apply(name, input), log: () => {} } as Partial<Call>;
    const treeOf = () => parseXml(decodeXml(bytes, 'text/xml; charset=utf-8', profile.charset).text, shape);
    const slotsOf = (): readonly unknown[] => {
      const document = treeOf();
      if (faultIn(bytes.toString(), profile.outcome.faultDetail ?? [])) throw new Error('the page is no fault');
      const [result] = valuesAt(document, `s:Envelope/s:Body/${operation.result}`);
      if (result === undefined) throw new Error('the page has no result');
      return readRows(call as Call, operation, result, ABOUT, 'fail');
    };
    if (slotsOf().length !== ROWS) throw new Error(`the page has ${ROWS} slots, ${slotsOf().length} were read`);
    const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false });
    const readers = [
      { name: 'hub', times: 100, run: slotsOf },
      { name: 'tree', times: 100, run: treeOf },
      { name: 'parser', times: 200, run: (): unknown => parser.parse(bytes.toString()) },
    ] as const;
    return {
      async round() {
        const rates = await ratesOf(readers, scale);
        return { ...rates, ratio: rates.hub / rates.parser };
      },
    };
  },
};

/** As the hub of a region answers: about 100 KB. */
function page(): string {
  const rows = Array.from({ length: ROWS }, (_, nth) => {
    const start = new Date(Date.UTC(2027, 4, 3, 6) + nth * 900_000).toISOString().slice(0, 19);
    const end = new Date(Date.UTC(2027, 4, 3, 6) + (nth + 1) * 900_000).toISOString().slice(0, 19);
    return `<h:Appointment><h:Address i:nil="true"/><h:IdAppointment>${String(nth).padStart(20, '0')}</h:IdAppointment><h:Num i:nil="true"/><h:Room></h:Room><h:VisitEnd>${end}</h:VisitEnd><h:VisitStart>${start}</h:VisitStart></h:Appointment>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NAMESPACES['1.1']}"><s:Body><GetAvaibleAppointmentsResponse xmlns="http://tempuri.org/"><GetAvaibleAppointmentsResult xmlns:h="http://schemas.datacontract.org/2004/07/HubService2" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><h:ErrorList/><h:IdHistory>1</h:IdHistory><h:Success>true</h:Success><h:ListAppointments>${rows.join('')}</h:ListAppointments></GetAvaibleAppointmentsResult></GetAvaibleAppointmentsResponse></s:Body></s:Envelope>`;
}
