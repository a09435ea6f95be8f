/** What stands before every change: the version it was decided on, and who else has the record open. Quirks O1, O2, O15. */
import type { SimulatedHis, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import { patchAppointment } from './appointments.ts';
import type { ContractWatch } from './contract-watch.ts';
import { operationsIn } from './json-patch.ts';
import { changed, empty, unprocessable } from './reply.ts';
import { appointmentVersion, slotResource } from './resources.ts';
import type { SlotDesk } from './slot-desk.ts';

export function patch(
  his: SimulatedHis,
  desk: SlotDesk,
  watch: ContractWatch,
  request: VendorRequest,
  type: string,
  id: string,
): VendorAnswer {
  if (request.headers['content-type'] !== 'application/json-patch+json') return empty(415);
  const standard = !his.quirks.on('O1');
  const version = /^W\/"([^"]+)"$/.exec(request.headers['if-match'] ?? '')?.[1];
  if (version === undefined) {
    watch.ifMatchMissing(request);
    return empty(standard ? 428 : 412);
  }
  const stale = empty(standard ? 412 : 409);
  if (type === 'Slot') {
    const slot = his.book.slot(id);
    if (slot === undefined) return empty(404);
    return desk.versionsNow()(slot) === version ? patchSlot(his, desk, request, id) : stale;
  }
  const appointment = his.book.appointment(id);
  if (type !== 'Appointment' || appointment === undefined) return empty(404);
  const inUse = his.quirks.value('O2');
  if (inUse === 'locked' || inUse === true) return empty(423);
  if (inUse === 'dependency-before') return empty(424);
  // Said of links of a video visit that are there already; the code is that of a stale version.
  if (his.quirks.on('O15') && appointment.slot.mode === 'telemedicine') return empty(409);
  if (appointmentVersion(his, appointment) !== version) return stale;
  const answer = patchAppointment(his, desk, request, appointment);
  return inUse === 'dependency-after' ? empty(424) : answer;
}

/** Holding and releasing: all that may be changed of a slot. */
function patchSlot(his: SimulatedHis, desk: SlotDesk, request: VendorRequest, id: string): VendorAnswer {
  const slot = his.book.slot(id);
  const [operation, another] = operationsIn(request) ?? [];
  const isStatus = operation?.op === 'replace' && operation.path === '/status' && another === undefined;
  if (slot === undefined || !isStatus) return unprocessable(his, 'content');
  const wanted = operation.value;
  const from = desk.status(slot);
  if (wanted === 'busy-tentative' && from === 'free') desk.hold(id);
  else if (wanted === 'free' && from === 'busy-tentative') desk.release(id);
  else return unprocessable(his, from === 'busy' ? 'slot-taken' : 'transition');
  const version = desk.versionsNow()(slot);
  return changed(his, version, slotResource(slot, desk.status(slot), version), true);
}
