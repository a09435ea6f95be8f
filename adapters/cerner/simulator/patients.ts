/** Patient.create: 201 with a Location and no body. The first identifier says who assigns the number. */
import type { SimulatedHis, SimulatedPatient, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import { MRN_SYSTEM } from './hospital.ts';
import { resourceIn } from './json-patch.ts';
import { empty, etag, unprocessable } from './reply.ts';

interface NewPatient {
  readonly name?: readonly { readonly use?: string; readonly family?: string; readonly given?: readonly string[] }[];
  readonly birthDate?: string;
  readonly telecom?: readonly { readonly system?: string; readonly value?: string }[];
  readonly address?: readonly Readonly<Record<string, unknown>>[];
  readonly identifier?: readonly {
    readonly assigner?: { readonly reference?: string };
    readonly type?: unknown;
    readonly system?: string;
    readonly value?: string;
  }[];
}

const FIRST_ID = 12_800_000;

export function createPatient(his: SimulatedHis, request: VendorRequest, base: string): VendorAnswer {
  const { name = [], birthDate, telecom = [], address, identifier = [] } = (resourceIn(request) ?? {}) as NewPatient;
  const official = name.find(({ use }) => use === 'official');
  const [first, ...further] = identifier;
  const isAssigned = /^Organization\/.+/.test(first?.assigner?.reference ?? '') && first?.value === undefined;
  const isTyped = further.every(
    (each) => each.type !== undefined && each.system !== undefined && each.value !== undefined,
  );
  if (official?.family === undefined || birthDate === undefined || !isAssigned || !isTyped)
    return unprocessable(his, 'content');
  const number = FIRST_ID + his.book.patients().length;
  const of = (system: string): string | undefined => telecom.find((each) => each.system === system)?.value;
  const [phone, email] = [of('phone'), of('email')];
  const patient: SimulatedPatient = {
    id: String(number),
    name: { family: official.family.toUpperCase(), given: (official.given ?? []).map((each) => each.toUpperCase()) },
    birthDate,
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
    ...(address?.[0] === undefined ? {} : { address: address[0] }),
    identifiers: [
      { system: MRN_SYSTEM, value: String(number - FIRST_ID + 7000) },
      ...further.map(({ system = '', value = '' }) => ({ system, value })),
    ],
  };
  his.book.putPatient(patient);
  return empty(201, { location: `${base}/Patient/${patient.id}`, ...etag('0') });
}
