import { useEffect, useState } from 'react';
import { appointmentTime, fromNow, toTheSecond } from './times.ts';
import { useZone } from './zone.ts';

/** When an appointment is: by the clock of its location, whose zone is always told. */
export function AppointmentTime({
  start,
  zone,
}: {
  readonly start: string | undefined;
  readonly zone: string | undefined;
}) {
  if (start === undefined || zone === undefined) return <span className="quiet">unknown</span>;
  return (
    <time dateTime={start} title={`${zone} · ${toTheSecond(start, 'UTC')} UTC`} className="numbers">
      {appointmentTime(start, zone)}
    </time>
  );
}

/** When something happened, in the zone that was chosen. */
export function Instant({ at, zone }: { readonly at: string | null | undefined; readonly zone?: string }) {
  const shown = useZone(zone);
  if (at === null || at === undefined) return <span className="quiet">never</span>;
  return (
    <time dateTime={at} title={`${shown} · ${fromNow(at)}`} className="numbers">
      {toTheSecond(at, shown)}
    </time>
  );
}

/** How long ago; it goes on. */
export function Ago({ at }: { readonly at: string | null | undefined }) {
  const shown = useZone();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <span className="quiet">never</span>;
  return (
    <time dateTime={at} title={`${toTheSecond(at, shown)} ${shown}`} className="numbers">
      {fromNow(at)}
    </time>
  );
}
