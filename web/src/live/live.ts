/** What happens in the hub, as it happens: everything that is shown and may have changed is read again. */
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useMay } from '../api/may.ts';
import { presentSession } from '../session/session.ts';
import { readEvents } from './event-stream.ts';

/** However much happens, the same list is read no more often. */
const AT_MOST_EVERY_MS = 1_000;
const AGAIN_AFTER_MS = 3_000;

/** The queries that an event may change, by their first word; those of an event that is not here: all that tell of the ledger. */
const LEDGER = ['transactions', 'transaction', 'timeline', 'counts', 'failures', 'overview', 'health', 'blocked'];
const BY_TYPE: readonly (readonly [start: string, keys: readonly string[]])[] = [
  ['slot.', []],
  ['patient.', []],
  ['message.', ['messages']],
  ['work.', [...LEDGER, 'messages']],
  ['mapping.', ['mappings', 'mapping']],
  ['connection.', ['connections', 'health', 'overview']],
  ['drift.', ['drift', 'runs']],
  ['reconciliation.', ['drift', 'runs']],
  ['alert.', ['alerts', 'overview']],
];

export type Line = 'open' | 'closed';

/** Undefined for whoever may not listen. */
export function useLive(): Line | undefined {
  const client = useQueryClient();
  const [line, setLine] = useState<Line>('closed');
  const may = useMay('streamEvents');
  useEffect(() => {
    if (!may) return undefined;
    const over = new AbortController();
    void listen(client, setLine, over.signal);
    return () => over.abort();
  }, [client, may]);
  return may ? line : undefined;
}

async function listen(client: QueryClient, tell: (line: Line) => void, signal: AbortSignal): Promise<void> {
  const stale = staleMarker(client, signal);
  for (let last = ''; !signal.aborted; await pause(AGAIN_AFTER_MS, signal)) {
    try {
      const token = await presentSession()?.token();
      if (token === undefined) return;
      const headers = { Authorization: `Bearer ${token}`, ...(last !== '' && { 'Last-Event-ID': last }) };
      const response = await fetch('/v1/events', { headers, signal });
      if (!response.ok || !response.body) continue;
      tell('open');
      for await (const event of readEvents(response.body)) {
        last = event.id;
        stale(BY_TYPE.find(([start]) => event.type.startsWith(start))?.[1] ?? LEDGER);
      }
    } catch {
      // The line is closed, and said to be; it is opened again.
    }
    if (!signal.aborted) tell('closed');
  }
}

function staleMarker(client: QueryClient, signal: AbortSignal): (keys: readonly string[]) => void {
  const keys = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));
  const mark = (): void => {
    timer = undefined;
    const now = new Set(keys);
    keys.clear();
    void client.invalidateQueries({
      predicate: ({ queryKey: [first] }) => typeof first === 'string' && now.has(first),
    });
  };
  return (more) => {
    for (const key of more) keys.add(key);
    if (keys.size > 0) timer ??= setTimeout(mark, AT_MOST_EVERY_MS);
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener('abort', () => resolve());
  });
