/** What clients were told about their bookings. */
import type { Booked } from '../check/bookings.ts';
import type { Lane, Loaded } from './plan.ts';

/** Of the lanes whose answers are kept, and whose requests book a slot each. */
export function journalOf(lanes: readonly Lane[], { lanes: results }: Pick<Loaded, 'lanes'>): Booked[] {
  return results.flatMap(({ answers }, index) => {
    const { bodies = [], keys = '' } = lanes[index] ?? {};
    return answers.map(({ nth, status, location, transactionId }) => {
      const { slotId } = JSON.parse(bodies[nth] ?? '{}') as { readonly slotId?: string };
      return { key: `${keys}-${nth}`, slotId: slotId ?? '', status, appointmentId: location, transactionId };
    });
  });
}
