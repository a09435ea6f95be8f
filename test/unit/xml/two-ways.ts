/** One sandbox hospital, spoken to in both profiles. */
import type { BookRequest, Connector, FoundSlot, PatientAtHis } from '#adapter-kit';
import adapter from '../../../adapters/xml-his/index.ts';
import startSimulator, { practiceConfig } from '../../../adapters/xml-his/simulator.ts';
import { collect } from '../../support/call.ts';
import { slotAtHis, startHospital, type SimulatedHospital } from '../../support/simulated-hospital.ts';

export const PROFILES = ['regional-soap', 'practice-rest'] as const;
export type ProfileName = (typeof PROFILES)[number];

export interface TwoWays {
  readonly hospital: SimulatedHospital;
  connector(profile: ProfileName): Connector;
  /** A booking of a slot that no other test has. */
  booking(patient?: PatientAtHis): BookRequest;
  /** Another connector, with some settings of its own. */
  connect(profile: ProfileName, config: Readonly<Record<string, unknown>>): Connector;
  /** No faults, no quirks, searchable by tag. */
  reset(): Promise<void>;
}

export const vera: PatientAtHis = {
  externalId: '5d491897-0160-11eb-b859-e8de27c31b75',
  name: { given: ['Вера', 'Сергеевна'], family: 'Новикова' },
  birthDate: '1987-09-12',
  email: null,
  phone: null,
  address: null,
  identifiers: [],
};

const PLAIN = {
  X1: 'm-and-defaults',
  X2: false,
  X3: 'nil',
  X4: false,
  X5: false,
  X6: false,
  X7: false,
  X8: false,
  X9: false,
  X10: false,
  X11: false,
  X12: false,
  X13: true,
  X14: false,
};

export async function openTwoWays(): Promise<TwoWays> {
  const hospital = await startHospital(adapter, startSimulator);
  const configs: Record<ProfileName, Readonly<Record<string, unknown>>> = {
    'regional-soap': {},
    'practice-rest': practiceConfig(hospital.simulator.url),
  };
  const connectors = new Map(PROFILES.map((profile) => [profile, hospital.connect(configs[profile])]));
  const slots = await hospital.slots();
  const zones = new Map(
    (await collect(hospital.connector.listLocations?.(hospital.call()))).map((each) => [
      each.externalId,
      each.timeZone ?? '',
    ]),
  );
  return {
    hospital,
    connector: (profile) => connectors.get(profile) ?? hospital.connector,
    booking(patient = vera) {
      const slot: FoundSlot | undefined = slots.pop();
      if (slot === undefined) throw new Error('the sandbox has run out of slots');
      const timeZone = zones.get(slot.locationExternalId) ?? '';
      return { slot: slotAtHis(slot, timeZone), patient, mode: slot.mode ?? 'in-person', reason: 'knee' };
    },
    connect: (profile, config) => hospital.connect({ ...configs[profile], ...config }),
    async reset() {
      await hospital.clearFaults();
      await hospital.profile('by-tag');
      await hospital.quirks(PLAIN);
    },
  };
}
