import type { Schemas } from '../api/contract.ts';
import type { Colour } from '../kit/colour.ts';
import { Link } from '../kit/link.tsx';
import { column } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { timeOfDay } from '../kit/times.ts';
import { DRIFT_KINDS } from './drift-words.ts';
import { SettleButtons } from './settle-buttons.tsx';

export type Day = Schemas['provider-day'];
type Row = Day['rows'][number];
type Status = NonNullable<Row['hub']>['status'];

const STATUSES: Readonly<Record<Status, readonly [words: string, colour: Colour]>> = {
  free: ['Free', 'over'],
  busy: ['Taken', 'over'],
  blocked: ['Blocked', 'over'],
  held: ['Held', 'wait'],
  pending: ['Booking under way', 'busy'],
  booked: ['Booked', 'good'],
  arrived: ['Arrived', 'good'],
  fulfilled: ['Took place', 'good'],
  noshow: ['Did not come', 'over'],
  cancelled: ['Cancelled', 'bad'],
  rejected: ['Refused', 'bad'],
};

/** Undefined while the day is read. */
export const dayColumns = (day: Day | undefined) => [
  column<Row>('time', 'Time', ({ start, end }) => (
    <time dateTime={start} className="numbers">
      {day && timeOfDay(start, day.timeZone)}
      {day && end !== null && `–${timeOfDay(end, day.timeZone)}`}
    </time>
  )),
  column<Row>('hub', 'Hub', ({ hub }) => hub && <Side status={hub.status} appointment={hub.appointmentId} />),
  column<Row>('his', 'Hospital', ({ his }) =>
    his ? (
      <>
        <Side status={his.status} appointment={null} />
        {his.status !== 'free' && <div className="quiet mono">{his.externalId}</div>}
      </>
    ) : (
      <span className="quiet">{day?.hisAsOf === null ? 'not known' : 'nothing'}</span>
    ),
  ),
  column<Row>('difference', 'Difference', ({ difference, driftId }) =>
    difference === null ? (
      <span className="quiet">none</span>
    ) : (
      <div data-differs>
        <Condition colour="person">{DRIFT_KINDS[difference]}</Condition>
        {driftId !== null && <SettleButtons of={[driftId]} />}
      </div>
    ),
  ),
];

function Side({ status, appointment }: { readonly status: Status; readonly appointment: string | null }) {
  const [words, colour] = STATUSES[status];
  return (
    <>
      <Condition colour={colour}>{words}</Condition>
      {appointment !== null && (
        <Link to="/transactions" search={{ appointment }} display="block">
          Its transactions
        </Link>
      )}
    </>
  );
}
