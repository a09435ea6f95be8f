/** T8: a FHIR Appointment to a slot, by a mapping and by hand-written code that does the same. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadContracts } from '../../src/contracts.ts';
import { loadMappings } from '../../src/mapping/index.ts';

const CONTRACTS = join(import.meta.dirname, '../../contracts');

export interface Measure {
  readonly name: string;
  /** Translations per second. */
  readonly perSecond: number;
  /** Share of what the hand-written code does in the same run; goal 0.5, floor 0.3. */
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

function byHand(appointment: typeof APPOINTMENT): object {
  const actorOf = (kind: string): string | undefined => {
    const reference = appointment.participant.find((each) => each.actor.reference.includes(kind))?.actor.reference;
    return reference?.slice(reference.lastIndexOf(kind) + kind.length);
  };
  const utc = (text: string): string => new Date(text).toISOString().replace('.000Z', 'Z');
  return {
    externalId: appointment.slot[0]?.reference.replace(/.*#/, ''),
    providerExternalId: actorOf('Practitioner/'),
    locationExternalId: actorOf('Location/'),
    start: utc(appointment.start),
    end: utc(appointment.end),
    details: { visitType: appointment.serviceType[0]?.coding[0]?.code },
  };
}

/** One measure each, best of three rounds: without and with the check of the contract, which the hub always makes. */
export async function* mapping(): AsyncGenerator<Measure> {
  const contracts = loadContracts(CONTRACTS);
  const directory = mkdtempSync(join(tmpdir(), 'bench-mapping-'));
  try {
    mkdirSync(join(directory, 'x'));
    writeFileSync(join(directory, 'x/any.json'), '{"input": {}, "output": {}}');
    for (const [name, to] of [
      ['plain', ''],
      ['checked', 'to: his-slot\n'],
    ] as const) {
      writeFileSync(
        join(directory, `x/${name}.yaml`),
        `mapping: ${name}\ndescription: measured\nexamples: [any.json]\n${to}${FIELDS}`,
      );
    }
    const mappings = loadMappings(directory, contracts).for('x');
    const valid = contracts.validator('his-slot');
    const pairs = [
      ['mapping', () => mappings?.apply('plain', APPOINTMENT), () => byHand(APPOINTMENT)],
      [
        'mapping, held to its contract',
        () => mappings?.apply('checked', APPOINTMENT),
        () => valid(byHand(APPOINTMENT)),
      ],
    ] as const;
    for (const [name, mapped, written] of pairs) {
      const [perSecond, handWritten] = [best(mapped), best(written)];
      yield await Promise.resolve({ name, perSecond, ofHandWritten: perSecond / handWritten });
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function best(work: () => unknown): number {
  const rounds = [0, 1, 2].map(() => {
    const started = performance.now();
    const times = 100_000;
    for (let count = 0; count < times; count++) work();
    return (times / (performance.now() - started)) * 1000;
  });
  return Math.round(Math.max(...rounds));
}
