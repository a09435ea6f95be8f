/** A simulated HIS as the other side of a connector. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PatientAtHis, Person, SlotAtHis } from '../adapter-kit/index.ts';
import type { SimulatedPatient, StartSimulator } from '../adapter-kit/simulator/index.ts';
import { Control, type Effect } from './control.ts';
import { openFeed } from './heard-feed.ts';
import type { Held, Side } from './side.ts';
import type { Subject } from './subject.ts';

/** `seedDirectory`: of a simulator that was started before, so that this one need not make its keys anew. */
export async function openSimulatedSide(
  start: StartSimulator,
  subject: Subject,
  seedDirectory: string | undefined,
): Promise<Side> {
  const directory = mkdtempSync(join(tmpdir(), `conformance-${subject.id}-`));
  if (seedDirectory !== undefined) cpSync(seedDirectory, directory, { recursive: true });
  const feed = subject.adapter.manifest.capabilities.includes('ReceivesNotices') ? await openFeed() : undefined;
  const simulator = await start({ directory, seed: 7, ...(feed ? { feedTo: feed.address } : {}) });
  const { connection, url } = simulator;
  const control = new Control(simulator.controlUrl);
  const config = subject.configAt?.(url) ?? connection.config;
  return {
    settings: { ...connection, config },
    his: { speaks: url.startsWith('http') ? 'http' : 'mllp', port: Number(new URL(url).port), control },
    hubBook: undefined,
    feed,
    patient: async () => asPatient((await control.world()).patients[0]),
    places: async () => {
      const { locations, providers } = await control.world();
      return locations.flatMap(({ id, timeZone }) => {
        const provider = providers.find(({ locationId }) => locationId === id);
        return provider === undefined ? [] : [{ providerId: provider.id, timeZone }];
      });
    },
    slotsIn: ({ from, to }) => slotsOf(control, from, to),
    addSlot: async (providerId, begin, end) => {
      const { slotId } = await control.edit({ op: 'free-slot', providerExternalId: providerId, start: begin, end });
      if (slotId === undefined) throw new Error('the simulator does not say which slot it made');
      return slotId;
    },
    effectsOf: async (transactionId) =>
      (await control.effects()).filter((each) => each.transactionId === transactionId).map(held),
    holding: async (externalId) => {
      const found = (await control.effects()).find(({ vendorId }) => vendorId === externalId);
      return found && held(found);
    },
    takeSlot: async ({ externalId }) => void (await control.edit({ op: 'book-outside', externalId })),
    fault: (fault) => control.fault(fault),
    profile: (lookup) => control.profile(lookup),
    close: async () => {
      await Promise.allSettled([simulator.stop(), feed?.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function slotsOf(control: Control, from: string, to: string): Promise<SlotAtHis[]> {
  const { locations } = await control.world();
  return (await control.freeSlots(from, to)).map(({ id, providerId, locationId, start, end, mode }) => ({
    externalId: id,
    providerExternalId: providerId,
    locationExternalId: locationId,
    start,
    end,
    timeZone: locations.find((each) => each.id === locationId)?.timeZone ?? 'UTC',
    mode,
    seat: 1,
    details: {},
  }));
}

const held = ({ vendorId, slotId, status }: Effect): Held => ({ externalId: vendorId, slotId, status });

export function personOf({ name, birthDate, email, phone, address, identifiers }: SimulatedPatient): Person {
  return { name, birthDate, email: email ?? null, phone: phone ?? null, address: address ?? null, identifiers };
}

function asPatient(patient: SimulatedPatient | undefined): PatientAtHis {
  if (patient === undefined) throw new Error('the simulated hospital has no patient');
  return { externalId: patient.id, ...personOf(patient) };
}
