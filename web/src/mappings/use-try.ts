import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { answered, api } from '../api/client.ts';
import { linesChanged } from './changed-lines.ts';
import { readAnswer } from './try-answer.ts';

/** So long nobody has typed: then it is tried. */
const PAUSE_MS = 150;

interface TryOptions {
  readonly name: string;
  readonly connection: string;
  readonly files: Readonly<Record<string, string>>;
  /** JSON, as text; or plain text, where the hospital sends that. */
  readonly input: string;
}

/** What becomes of the input, whenever typing rests; and which lines of the output are others than before. */
export function useTry({ name, connection, files, input }: TryOptions) {
  const [tried] = useDebouncedValue({ files, input }, PAUSE_MS);
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

function inputOf(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}
