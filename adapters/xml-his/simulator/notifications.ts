/**
 * What the regional hub posts by itself (family A): somebody booked a ticket, something became of one. Blocked time and new names are
 * posted by nobody. Source: generated clients of HubService2 (public), SendNotificationAboutAppointment and …Status.
 */
import type { PushMessage, PushWording, SimulatedAppointment, SimulatedHis } from '#adapter-kit/simulator';
import { habitsOf } from './quirks.ts';
import { h, t, write, type Element } from './elements.ts';
import { zoneOf } from './hub-service.ts';
import { localIso } from './wall-clock.ts';

const ACTION = 'http://tempuri.org/IHubService/';

export function notificationsOf(his: SimulatedHis): PushWording {
  let count = 0;
  const message = (element: Element): PushMessage => ({
    contentType: 'text/xml; charset=utf-8',
    headers: { soapaction: `"${ACTION}${element.name}"` },
    body: `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${write(element, habitsOf(his))}</s:Body></s:Envelope>`,
  });
  const status = (appointment: SimulatedAppointment, slotId: string, word: string): PushMessage => {
    count += 1;
    return message(
      t('SendNotificationAboutAppointmentStatus', [
        t('idNotification', String(count)),
        t('idLpu', appointment.slot.locationId),
        t('idPat', appointment.patientId),
        t('idAppointment', slotId),
        t('status', word),
        t('eventDatetime', localIso(appointment.updatedAt, zoneOf(his, appointment.slot.locationId))),
        t('guid', ''),
        t('idHistory', String(count)),
      ]),
    );
  };
  const booked = ({ slot, patientId }: SimulatedAppointment): PushMessage => {
    const zone = zoneOf(his, slot.locationId);
    return message(
      t('SendNotificationAboutAppointment', [
        t('doctor', [h('IdDoc', slot.providerId)]),
        t('idLpu', slot.locationId),
        t('patient', [h('IdPat', patientId)]),
        t('appointment', [
          h('IdAppointment', slot.id),
          h('VisitEnd', localIso(slot.end, zone)),
          h('VisitStart', localIso(slot.start, zone)),
        ]),
        t('guid', ''),
        t('idHistory', String(++count)),
      ]),
    );
  };
  return {
    begin: () => [],
    after(change) {
      if (change.type !== 'appointment') return [];
      const { appointment, before } = change;
      if (appointment.status === 'cancelled') return [status(appointment, appointment.slot.id, 'Отменена')];
      if (before === undefined || before.slot.id === appointment.slot.id) return [booked(appointment)];
      return [status(before, before.slot.id, 'Перенесена'), booked(appointment)];
    },
  };
}
