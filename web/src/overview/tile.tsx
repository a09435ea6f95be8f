import { Link as RouterLink } from '@tanstack/react-router';

interface TileProps {
  readonly label: string;
  readonly count: number;
  readonly to: string;
  readonly search: Readonly<Record<string, string>>;
  /** Any at all is something to look at. */
  readonly isAlarm?: boolean;
}

/** A number, and the way to what it counts. */
export function Tile({ label, count, to, search, isAlarm = false }: TileProps) {
  return (
    <RouterLink className="tile" to={to} search={search} data-alarm={(isAlarm && count > 0) || undefined}>
      <b>{count.toLocaleString('en')}</b>
      <span className="quiet">{label}</span>
    </RouterLink>
  );
}
