/** T8: a FHIR Appointment to a slot: by a mapping, by hand-written code, by JSONata and by a library of paths that do the same. */
import { join } from 'node:path';
import jsonata from 'jsonata';
import { JSONPath } from 'jsonpath-plus';
import { loadContracts } from '../../../src/contracts.ts';
import { loadMappingTexts } from '../../../src/mapping/index.ts';
import type { Bench } from '../bench.ts';
import { holdEqual, ratesOf } from '../contest.ts';

const CONTRACTS = join(import.meta.dirname, '../../../contracts');

const actor = (reference: string): { actor: { reference: string }; status: string } => ({
  actor: { reference: `https://his.invalid/R4/${reference}` },
  status: 'accepted',
});

// Times with an offset: so that neither side is spared the arithmetic.
const APPOINTMENT = {
  resourceType: 'Appointment',
  id: 'e1',
  status: 'proposed',
  serviceType: [{ coding: [{ system: 'urn:oid:1.2', code: '40111223', display: 'Office Visit' }] }],
  start: '2027-03-08T10:00:00-05:00',
  end: '2027-03-08T10:30:00-05:00',
  slot: [{ reference: '#S1' }],
  participant: [actor('Patient/p1'), actor('Practitioner/d1'), actor('Location/l1')],
};

const FIELDS = `fields:
  externalId: { path: 'slot[0].reference', after: '#' }
  providerExternalId: { path: 'participant[actor.reference*=Practitioner/].actor.reference', after: Practitioner/ }
  locationExternalId: { path: 'participant[actor.reference*=Location/].actor.reference', after: Location/ }
  start: { time: { path: start } }
  end: { time: { path: end } }
  details: { fields: { visitType: { path: 'serviceType[0].coding[0].code' } } }
`;

const EXPRESSIONS = `fields:
  externalId: { expr: '$substringAfter(slot[0].reference, "#")' }
  providerExternalId: { expr: '$substringAfter(participant[$contains(actor.reference, "Practitioner/")][0].actor.reference, "Practitioner/")' }
  locationExternalId: { expr: '$substringAfter(participant[$contains(actor.reference, "Location/")][0].actor.reference, "Location/")' }
  start: { time: { path: start } }
  end: { time: { path: end } }
  details: { fields: { visitType: { expr: 'serviceType[0].coding[0].code' } } }
`;

const utc = (text: string): string => new Date(text).toISOString().replace('.000Z', 'Z');

function byHand(appointment: typeof APPOINTMENT): object {
  const actorOf = (kind: string): string | undefined => {
    const reference = appointment.participant.find((each) => each.actor.reference.includes(kind))?.actor.reference;
    return reference?.slice(reference.lastIndexOf(kind) + kind.length);
  };
  return {
    externalId: appointment.slot[0]?.reference.replace(/.*#/, ''),
    providerExternalId: actorOf('Practitioner/'),
    locationExternalId: actorOf('Location/'),
    start: utc(appointment.start),
    end: utc(appointment.end),
    details: { visitType: appointment.serviceType[0]?.coding[0]?.code },
  };
}

/** The same for JSONata. Its own functions have no time but now, so the arithmetic is a function of ours. */
const JSONATA = `{
  "externalId": $substringAfter(slot[0].reference, "#"),
  "providerExternalId": $substringAfter(participant[$contains(actor.reference, "Practitioner/")][0].actor.reference, "Practitioner/"),
  "locationExternalId": $substringAfter(participant[$contains(actor.reference, "Location/")][0].actor.reference, "Location/"),
  "start": $utc(start),
  "end": $utc(end),
  "details": { "visitType": serviceType[0].coding[0].code }
}`;

/** And with a library of paths alone; what is done to the values is by hand. */
function byPaths(appointment: typeof APPOINTMENT): object {
  const read = (path: string): string => String(JSONPath({ path, json: appointment, wrap: false, eval: false }));
  const actorOf = (kind: string): string => {
    const references: unknown = JSONPath({ path: '$.participant[*].actor.reference', json: appointment, eval: false });
    const reference = Array.isArray(references) ? String(references.find((each) => String(each).includes(kind))) : '';
    return reference.slice(reference.lastIndexOf(kind) + kind.length);
  };
  return {
    externalId: read('$.slot[0].reference').replace(/.*#/, ''),
    providerExternalId: actorOf('Practitioner/'),
    locationExternalId: actorOf('Location/'),
    start: utc(read('$.start')),
    end: utc(read('$.end')),
    details: { visitType: read('$.serviceType[0].coding[0].code') },
  };
}

export const bench: Bench = {
  name: 'mapping',
  row: 'T8',
  title: 'a FHIR Appointment to a slot, beside code and libraries',
  what: 'A FHIR Appointment to a slot, in one thread: by a mapping of this hub, by hand-written code, and by libraries that do the same.',
  figures: {
    hand: { what: 'hand-written', unit: '/s' },
    mapped: { what: 'mapping', unit: '/s' },
    ratio: { what: 'mapping / hand-written', unit: '×', held: { better: 'more', floor: 0.3, goal: 0.5 } },
    checkedHand: { what: 'hand-written, held to its contract', unit: '/s' },
    checked: { what: 'mapping, held to its contract', unit: '/s' },
    checkedRatio: { what: 'mapping / hand-written, both held to their contract', unit: '×' },
    expressions: { what: 'mapping by expressions (expr)', unit: '/s' },
    paths: { what: 'jsonpath-plus', unit: '/s' },
    jsonata: { what: 'jsonata, compiled once', unit: '/s' },
    overPaths: { what: 'mapping / jsonpath-plus', unit: '×' },
    overJsonata: { what: 'mapping / jsonata', unit: '×' },
  },
  async open({ scale }) {
    const contracts = loadContracts(CONTRACTS);
    const mappings = loadMappingTexts(texts(), 'mappings/x', contracts);
    const valid = contracts.validator('his-slot');
    const expression = jsonata(JSONATA);
    expression.registerFunction('utc', utc);
    const makers = [
      { name: 'hand', times: 100_000, run: () => byHand(APPOINTMENT) },
      { name: 'mapped', times: 100_000, run: () => mappings.apply('plain', APPOINTMENT) },
      { name: 'checked', times: 50_000, run: () => mappings.apply('checked', APPOINTMENT) },
      { name: 'expressions', times: 50_000, run: () => mappings.apply('expressions', APPOINTMENT) },
      { name: 'paths', times: 4_000, run: () => byPaths(APPOINTMENT) },
      { name: 'jsonata', times: 4_000, run: (): unknown => expression.evaluate(APPOINTMENT) },
    ] as const;
    await holdEqual(makers);
    const checkedHand = { name: 'checkedHand', times: 50_000, run: () => valid(byHand(APPOINTMENT)) } as const;
    return {
      async round() {
        const rates = await ratesOf([...makers, checkedHand], scale);
        return {
          ...rates,
          ratio: rates.mapped / rates.hand,
          checkedRatio: rates.checked / rates.checkedHand,
          overPaths: rates.mapped / rates.paths,
          overJsonata: rates.mapped / rates.jsonata,
        };
      },
    };
  },
};

function texts(): ReadonlyMap<string, string> {
  const file = (name: string, body: string): [string, string] => [
    `${name}.yaml`,
    `mapping: ${name}\ndescription: measured\nexamples: [any.json]\n${body}`,
  ];
  return new Map([
    file('plain', FIELDS),
    file('checked', `to: his-slot\n${FIELDS}`),
    file('expressions', EXPRESSIONS),
    ['any.json', '{"input": {}, "output": {}}'],
  ]);
}
