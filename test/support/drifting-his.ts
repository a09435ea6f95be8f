/** A hospital in memory that offers slots and lists appointments, and tells by itself only what the test has it tell. */
import { randomUUID } from 'node:crypto';
import type { Connector, FoundAppointment, FoundProvider, FoundSlot } from '../../src/adapter-kit/index.ts';

export interface DriftingHis {
  readonly slots: Map<string, FoundSlot>;
  readonly appointments: Map<string, FoundAppointment>;
  readonly providers: Map<string, FoundProvider>;
  /** Added to every time that it shows. */
  shiftOf: (startMs: number) => number;
  /** The windows that were asked for. */
  readonly windows: { readonly from: string; readonly to: string }[];
  /** It does not answer. */
  isAway: boolean;
  /** It shows what is free, and does not list what is booked. */
  hidesAppointments: boolean;
  readonly connector: Omit<Connector, 'close'>;
}

const CLINIC = { externalId: 'L-1', name: 'Clinic' };
const never = (): Promise<never> => Promise.reject(new Error('nothing is sent to this hospital'));

/** `days` of half hours from 8 to 16 UTC, of each provider; from `begin` on, by whole days. */
export function driftingHis(
  timeZone: string,
  providers: number,
  days: number,
  begin = Date.now() + 86_400_000,
): DriftingHis {
  const midnight = Math.ceil(begin / 86_400_000) * 86_400_000;
  const slots = new Map<string, FoundSlot>();
  const named = new Map<string, FoundProvider>();
  for (let nth = 0; nth < providers; nth += 1) {
    const providerExternalId = `P-${nth}`;
    named.set(providerExternalId, {
      externalId: providerExternalId,
      name: { given: ['Grace'], family: `Provider ${nth}` },
      locationExternalIds: ['L-1'],
    });
    for (let half = 0; half < days * 16; half += 1) {
      const startMs = midnight + Math.floor(half / 16) * 86_400_000 + 8 * 3_600_000 + (half % 16) * 1_800_000;
      const slot = slotOf(providerExternalId, startMs);
      slots.set(slot.externalId, slot);
    }
  }
  const his: DriftingHis = {
    slots,
    appointments: new Map(),
    providers: named,
    shiftOf: () => 0,
    windows: [],
    isAway: false,
    hidesAppointments: false,
    connector: {
      book: never,
      cancel: never,
      lookup: never,
      async *findSlots(_call, window) {
        his.windows.push(window);
        if (his.isAway) throw new Error('away');
        await Promise.resolve();
        const taken = new Set(
          [...his.appointments.values()].flatMap((each) =>
            each.status === 'booked' ? (each.slotExternalId ?? []) : [],
          ),
        );
        yield [...his.slots.values()]
          .filter(({ externalId }) => !taken.has(externalId))
          .map((slot) => shifted(slot, his.shiftOf))
          .filter(({ start }) => start >= window.from && start < window.to);
      },
      async *listAppointments(_call, window) {
        await Promise.resolve();
        if (his.hidesAppointments) throw new Error('not for you');
        yield [...his.appointments.values()]
          .map((each) => shifted(each, his.shiftOf))
          .filter(({ start }) => start >= window.from && start < window.to);
      },
      async *listProviders() {
        await Promise.resolve();
        yield [...his.providers.values()];
      },
      async *listLocations() {
        await Promise.resolve();
        yield [{ ...CLINIC, timeZone }];
      },
    },
  };
  return his;
}

export function slotOf(providerExternalId: string, startMs: number): FoundSlot {
  return {
    externalId: `S-${randomUUID()}`,
    providerExternalId,
    locationExternalId: 'L-1',
    start: new Date(startMs).toISOString(),
    end: new Date(startMs + 1_800_000).toISOString(),
  };
}

function shifted<Item extends { readonly start: string; readonly end?: string }>(
  item: Item,
  shiftOf: (startMs: number) => number,
): Item {
  const byMs = shiftOf(Date.parse(item.start));
  const moved = (text: string): string => new Date(Date.parse(text) + byMs).toISOString();
  return { ...item, start: moved(item.start), ...(item.end === undefined ? {} : { end: moved(item.end) }) };
}
