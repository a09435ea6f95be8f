import { notifications } from '@mantine/notifications';
import { useRef, useState } from 'react';
import { sayProblem } from '../api/problem.ts';
import { EXPORTED_MAX, type WholeList } from './read-all.ts';

/** Reads the whole of a list; told how many it has so far. */
export type ReadWhole = (tell: (count: number) => void, signal: AbortSignal) => Promise<WholeList<object>>;

const count = (rows: number): string => `${rows.toLocaleString('en')} rows`;

/** Reads all that fits the filters, telling how far it is, and hands it on; says so when there was more. Closing what tells it stops it. */
export function useExportAll(name: string): {
  readonly isReading: boolean;
  readonly exportAll: (read: ReadWhole, save: (rows: readonly object[]) => void) => void;
} {
  const [isReading, setReading] = useState(false);
  const under = useRef<AbortController>(undefined);
  const exportAll = async (read: ReadWhole, save: (rows: readonly object[]) => void): Promise<void> => {
    under.current?.abort();
    const stop = (under.current = new AbortController());
    const id = notifications.show({
      title: `Export of ${name}`,
      message: 'Reading …',
      loading: true,
      autoClose: false,
      onClose: () => stop.abort(),
    });
    setReading(true);
    try {
      const tell = (rows: number): void => {
        if (!stop.signal.aborted) notifications.update({ id, message: `${count(rows)} so far …` });
      };
      const { rows, isCut } = await read(tell, stop.signal);
      save(rows);
      notifications.update({
        id,
        loading: false,
        color: isCut ? 'yellow' : 'green',
        autoClose: isCut ? false : 6_000,
        message: isCut
          ? `${count(rows.length)} were saved, and there are more: no file has more than ${EXPORTED_MAX.toLocaleString('en')}. Narrow the filters, and export the rest by itself.`
          : `${count(rows.length)} were saved: all that there are.`,
      });
    } catch (error) {
      if (!stop.signal.aborted)
        notifications.update({
          id,
          loading: false,
          color: 'red',
          autoClose: false,
          message: `Nothing was saved. ${sayProblem(error)}`,
        });
    } finally {
      setReading(false);
    }
  };
  return { isReading, exportAll: (read, save) => void exportAll(read, save) };
}
