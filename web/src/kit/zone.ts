/** In whose time the console tells what happened. When an appointment is, is always told in the time of its location. */
import { useSyncExternalStore } from 'react';

export type ZoneChoice = 'mine' | 'utc' | 'location';

const KEY = 'tessera.zone';
const MINE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const listeners = new Set<() => void>();

const read = (): ZoneChoice => {
  const kept = localStorage.getItem(KEY);
  return kept === 'utc' || kept === 'location' ? kept : 'mine';
};

export function chooseZone(choice: ZoneChoice): void {
  localStorage.setItem(KEY, choice);
  for (const listener of listeners) listener();
}

export const useZoneChoice = (): ZoneChoice =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);

/** The IANA zone to tell a time in; `location`: the zone of the place that it is about, where there is one. */
export function useZone(location?: string): string {
  const choice = useZoneChoice();
  if (choice === 'utc') return 'UTC';
  return choice === 'location' && location !== undefined ? location : MINE;
}

/** E.g. "Europe/Berlin", as the switch shows it. */
export const myZone = MINE;
