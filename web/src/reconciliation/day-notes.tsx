import { Note } from '../kit/note.tsx';
import { Instant } from '../kit/time.tsx';
import type { Day } from './day-columns.tsx';

/** As of when each side is, and how much the hospital's can tell. */
export function DayNotes({ day }: { readonly day: Day }) {
  const { hubAsOf, hisAsOf, hisErrorCode, timeZone, showsFreeTimes, showsAllAppointments } = day;
  if (hisErrorCode === 'hub-managed')
    return <Note>There is no hospital system behind this connection: the hub keeps the book itself.</Note>;
  return (
    <Note
      isForPerson={hisErrorCode !== null}
      {...(hisErrorCode !== null && {
        title: hisAsOf === null ? 'Its side is not known' : 'Its appointments are not known',
      })}
    >
      {hisAsOf === null ? (
        `The hospital cannot be read now (${hisErrorCode}). What is marked was found earlier`
      ) : (
        <>
          The hospital was asked <Instant at={hisAsOf} zone={timeZone} />
          {hisErrorCode !== null && `, and did not show its appointments (${hisErrorCode})`}
        </>
      )}
      ; the hub’s side is as of <Instant at={hubAsOf} zone={timeZone} />. Times of the day are by the clock of{' '}
      {timeZone}.{hisErrorCode === null && !showsFreeTimes && ' This hospital does not list its free times.'}
      {hisErrorCode === null &&
        !showsAllAppointments &&
        ' It does not show all its appointments: one that is missing there may be there all the same.'}
    </Note>
  );
}
