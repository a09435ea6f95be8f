/** T8: a FHIR Appointment to a slot: by a mapping, by hand-written code, by JSONata and by a library of paths that do the same. */
import { join } from 'node:path';
import jsonata from 'jsonata';
import { JSONPath } from 'jsonpath-plus';
import { loadContracts } from '../../src/contracts.ts';
import { loadMappingTexts } from '../../src/mapping/index.ts';

const CONTRACTS = join(import.meta.dirname, '../../contracts');

export interface Measure {
  readonly name: string;
  /** Translations per second. */
  readonly perSecond: number;
  /** Share of what the hand-written code does in the same round; goal 0.5, floor 0.3. */
  readonly ofHandWritten: number;
}

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

interface Contestant {
  readonly name: string;
  /** Of one round. */
  readonly times: number;
  /** Another engine: told how much faster the mapping is. */
  readonly isPeer?: boolean;
  run(): unknown;
}

const ROUNDS = 7;

/** In rounds, each contestant in turn, so that what slows the machine slows all of them; medians, and the median of the ratios. */
export async function* mapping(): AsyncGenerator<Measure> {
  const contracts = loadContracts(CONTRACTS);
  const mappings = loadMappingTexts(texts(), 'mappings/x', contracts);
  const valid = contracts.validator('his-slot');
  const expression = jsonata(JSONATA);
  expression.registerFunction('utc', utc);
  const contestants: readonly Contestant[] = [
    { name: 'hand-written', times: 50_000, run: () => byHand(APPOINTMENT) },
    { name: 'mapping', times: 50_000, run: () => mappings.apply('plain', APPOINTMENT) },
    { name: 'mapping, held to its contract', times: 50_000, run: () => mappings.apply('checked', APPOINTMENT) },
    { name: 'hand-written, held to its contract', times: 50_000, run: () => valid(byHand(APPOINTMENT)) },
    { name: 'mapping by expressions (expr)', times: 50_000, run: () => mappings.apply('expressions', APPOINTMENT) },
    { name: 'jsonpath-plus', isPeer: true, times: 2_000, run: () => byPaths(APPOINTMENT) },
    { name: 'jsonata', isPeer: true, times: 2_000, run: () => expression.evaluate(APPOINTMENT) },
  ];
  const wanted = JSON.stringify(byHand(APPOINTMENT));
  for (const { name, run } of contestants) {
    const made = await run();
    if (typeof made === 'object' && JSON.stringify(made) !== wanted)
      throw new Error(`${name} makes ${JSON.stringify(made)}, expected ${wanted}`);
  }
  const rates = contestants.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const rate = await perSecond(contestant);
      // The first round warms up.
      if (round >= 0) rates[index]?.push(rate);
    }
  }
  const [hand = [], mapped = []] = rates;
  for (const [index, { name, isPeer }] of contestants.entries()) {
    const own = rates[index] ?? [];
    const times = median(own.map((rate, round) => (mapped[round] ?? Number.NaN) / rate));
    yield {
      name: isPeer === true ? `${name} (mapping: ${times.toFixed(0)} × that)` : name,
      perSecond: median(own),
      ofHandWritten: median(own.map((rate, round) => rate / (hand[round] ?? Number.NaN))),
    };
  }
}

async function perSecond({ times, run }: Contestant): Promise<number> {
  const started = performance.now();
  for (let count = 0; count < times; count++) {
    const made = run();
    if (made instanceof Promise) await made;
  }
  return (times / (performance.now() - started)) * 1_000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

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
