import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { answered, api } from '../api/client.ts';
import { linesChanged } from './changed-lines.ts';
import { readAnswer } from './try-answer.ts';

/** So long nobody has typed: then it is tried. */
const PAUSE_MS = 150;
/** Trials are work for the hub, which takes 60 a minute of one person. */
const AT_MOST_EVERY_MS = 1_100;

interface TryOptions {
  readonly name: string;
  readonly connection: string;
  readonly files: Readonly<Record<string, string>>;
  /** JSON, as text; or plain text, where the hospital sends that. */
  readonly input: string;
}

/** What becomes of the input, whenever typing rests; and which lines of the output are others than before. */
export function useTry({ name, connection, files, input }: TryOptions) {
  const tried = useRested(files, input);
  const query = useQuery({
    queryKey: ['try', name, connection, tried],
    queryFn: async ({ signal }) =>
      readAnswer(
        await answered(
          api.POST('/v1/mappings/{name}/try', {
            params: { path: { name } },
            body: { connectionId: connection, files: tried.files, input: inputOf(tried.input) },
            signal,
          }),
        ),
      ),
    enabled: Object.keys(tried.files).length > 0 && tried.input.trim() !== '',
    placeholderData: keepPreviousData,
    gcTime: 30_000,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const output = query.data?.output;
  return { ...query, changed: useChangedLines(output) };
}

/** What was there when typing last rested. */
function useRested(files: TryOptions['files'], input: string): Pick<TryOptions, 'files' | 'input'> {
  const [rested, setRested] = useState({ files, input });
  const last = useRef(0);
  useEffect(() => {
    const tryIt = (): void => {
      last.current = Date.now();
      setRested({ files, input });
    };
    const timer = setTimeout(tryIt, Math.max(PAUSE_MS, last.current + AT_MOST_EVERY_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [files, input]);
  return rested;
}

function useChangedLines(output: string | undefined): readonly number[] {
  const before = useRef(output);
  const [changed, setChanged] = useState<readonly number[]>([]);
  useEffect(() => {
    if (output === undefined || output === before.current) return;
    setChanged(before.current === undefined ? [] : linesChanged(before.current, output));
    before.current = output;
  }, [output]);
  return changed;
}

export function inputOf(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
