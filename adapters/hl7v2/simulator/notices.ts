/** What the simulated hospital tells by itself: SIU of appointments and open time, MFN of its people and places. */
import type {
  BookChange,
  SimulatedAppointment,
  SimulatedHis,
  SimulatedProvider,
  SimulatedSlot,
} from '#adapter-kit/simulator';
import { formatDtm } from '#adapter-kit';
import { HOSPITAL_NAME, zoneOf } from './hospital.ts';
import { mergesOf } from './merges.ts';
import type { Requests } from './requests.ts';
import { messageOf, pidOf, resourcesOf, schOf, type Segment } from './wording.ts';

/** Made when it is sent; undefined: it is no longer so. */
export type Telling = () => Uint8Array | undefined;

export class Notices {
  readonly #his: SimulatedHis;
  readonly #requests: Requests;

  constructor(his: SimulatedHis, requests: Requests) {
    this.#his = his;
    this.#requests = requests;
  }

  /** Everything, for a hub that may have missed something: places, people, appointments, blocked time, free time. */
  whole(): Telling[] {
    const { book } = this.#his;
    const now = new Date();
    const horizon = new Date(now.getTime() + book.world.horizonDays * 24 * 3_600_000);
    const isAhead = ({ start }: SimulatedSlot): boolean => start >= now.toISOString();
    return [
      ...book.world.locations.map((location) => () => this.#place(location.id)),
      ...book.providers().map((provider) => () => this.#person(provider)),
      ...book
        .appointments()
        .filter(({ slot }) => isAhead(slot))
        .flatMap((each) =>
          this.#appointment(each, each.status === 'cancelled' ? 'S15' : 'S12', Date.parse(each.updatedAt)),
        ),
      ...book
        .blockedSlots()
        .filter(isAhead)
        .map((slot) => () => this.#time(slot, 'S23')),
      ...book.freeSlots(now, horizon).map(
        ({ id }) =>
          () =>
            this.#free(id),
      ),
    ];
  }

  /** What follows from one change of the book. */
  after(change: BookChange): Telling[] {
    const at = Date.now();
    switch (change.type) {
      case 'appointment':
        return this.#appointment(change.appointment, triggerOf(change.appointment, change.before), at);
      case 'blocked': {
        const slot = this.#his.book.slot(change.slotId);
        return slot ? [() => this.#time(slot, 'S23', at)] : [];
      }
      case 'unblocked':
        return [() => this.#free(change.slotId)];
      case 'slot-added':
        return [() => this.#free(change.slot.id)];
      case 'provider':
        return [
          () => this.#person(change.provider),
          ...this.#his.book
            .freeSlots(new Date(at), new Date(at + this.#his.book.world.horizonDays * 24 * 3_600_000))
            .filter(({ providerId }) => providerId === change.provider.id)
            .map(
              ({ id }) =>
                () =>
                  this.#free(id),
            ),
        ];
      // A slot that disappears is told by nobody: quirk G5.
      case 'slot-removed':
        return [];
      case 'patient':
        return mergesOf(this.#his, change.patient);
      default:
        return change satisfies never;
    }
  }

  #appointment(appointment: SimulatedAppointment, trigger: 'S12' | 'S13' | 'S15', at: number): Telling[] {
    const { lookup } = this.#his;
    // A write-only HIS does not even tell what the hub made.
    if (lookup === 'none' && appointment.transactionId !== null) return [];
    const isTagged = lookup === 'idempotency-key' || lookup === 'by-tag';
    const told = {
      placerId: isTagged ? appointment.transactionId : null,
      changeId: isTagged ? this.#requests.changeOf(appointment.vendorId) : undefined,
      status: appointment.status === 'cancelled' ? 'Cancelled' : 'Booked',
      event: { S12: 'NEW', S13: 'RESCHEDULED', S15: 'CANCELLED' }[trigger],
    };
    return [
      () =>
        this.#siu(
          trigger,
          [
            ...schOf(this.#his, appointment, told),
            ...pidOf(this.#his, appointment.patientId),
            ...resourcesOf(this.#his, appointment.slot, trigger === 'S15' ? 'D' : 'A'),
          ],
          at,
        ),
    ];
  }

  #free(slotId: string): Uint8Array | undefined {
    const slot = this.#his.book.slot(slotId);
    return slot && this.#his.book.isFree(slotId) ? this.#time(slot, 'S24') : undefined;
  }

  #time(slot: SimulatedSlot, trigger: 'S23' | 'S24', at = Date.now()): Uint8Array {
    const minutes = (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000;
    const place = zoneOf(slot.locationId);
    const [start, end] = [formatDtm(Date.parse(slot.start), place), formatDtm(Date.parse(slot.end), place)];
    const sch: Segment = {
      segment: 'SCH',
      'SCH-2': slot.id,
      'SCH-9': minutes,
      'SCH-10': 'min',
      'SCH-11': { 3: minutes, 4: start, 5: end },
      'SCH-25': trigger === 'S23' ? 'Blocked' : undefined,
    };
    const pid: Segment[] = this.#his.quirks.on('H12') ? [] : [{ segment: 'PID', 'PID-1': '1' }];
    return this.#siu(trigger, [sch, ...pid, ...resourcesOf(this.#his, slot)], at);
  }

  #siu(trigger: string, body: readonly Segment[], at: number): Uint8Array {
    // A sender that numbers all its messages alike.
    const controlId = this.#his.quirks.value('H5') === 'one-control-id' ? { controlId: 'SIU1' } : {};
    return messageOf(this.#his, ['SIU', trigger, 'SIU_S12'], body, { at, ...controlId });
  }

  #person({ id, name, locationId, specialties, languages, email, phone }: SimulatedProvider): Uint8Array {
    return messageOf(
      this.#his,
      ['MFN', 'M02', 'MFN_M02'],
      [
        ...masterFile('PRA', id),
        {
          segment: 'STF',
          'STF-1': id,
          'STF-2': id,
          'STF-3': { 1: name.family, 2: name.given[0], 5: name.prefix ?? undefined },
          'STF-7': 'A',
          'STF-8': locationId,
          'STF-10': [
            { 1: phone, 2: 'WPN', 3: 'PH' },
            { 2: 'NET', 3: 'Internet', 4: email },
          ],
        },
        { segment: 'PRA', 'PRA-1': id, 'PRA-5': specialties.map((each) => ({ 1: each })) },
        ...languages.map((each, nth) => ({ segment: 'LAN', 'LAN-1': nth + 1, 'LAN-2': each })),
      ],
    );
  }

  #place(locationId: string): Uint8Array | undefined {
    const location = this.#his.book.world.locations.find(({ id }) => id === locationId);
    if (location === undefined) return undefined;
    const { address } = location;
    return messageOf(
      this.#his,
      ['MFN', 'M05', 'MFN_M05'],
      [
        ...masterFile('LOC', location.id),
        {
          segment: 'LOC',
          'LOC-1': { 1: location.id, 4: HOSPITAL_NAME.application },
          'LOC-2': location.name,
          'LOC-3': 'C',
          'LOC-5': { 1: address?.line?.[0], 3: address?.city, 5: address?.postalCode, 6: address?.country },
        },
      ],
    );
  }
}

function triggerOf(now: SimulatedAppointment, before: SimulatedAppointment | undefined): 'S12' | 'S13' | 'S15' {
  if (now.status === 'cancelled') return 'S15';
  return before === undefined ? 'S12' : 'S13';
}

const masterFile = (file: string, key: string): Segment[] => [
  { segment: 'MFI', 'MFI-1': file, 'MFI-3': 'UPD', 'MFI-6': 'AL' },
  { segment: 'MFE', 'MFE-1': 'MUP', 'MFE-4': key, 'MFE-5': 'CE' },
];
