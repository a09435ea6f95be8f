/** Events as they happen: server-sent events (WHATWG HTML, section 9.2). */
import { HubError, type Caller } from '../../domain/index.ts';
import type { ApiRequest, Handlers } from '../operation.ts';

interface StreamedEvent {
  readonly type: string;
  /** Decimal digits; the id of the event in the stream. */
  readonly sequence: string;
}

/** What is handed in: pages of events after a position (undefined: from when it resolves on), and an empty one as a sign of life. */
export type ListenToEvents = (
  interest: {
    readonly organizationId: string;
    readonly clientId?: string;
    readonly types?: ReadonlySet<string>;
    readonly connectionId?: string;
    readonly appointmentId?: string;
  },
  after: number | undefined,
  beatMs: number,
  signal: AbortSignal,
) => Promise<AsyncIterable<{ readonly position: number; readonly events: readonly StreamedEvent[] }>>;

export interface EventRouteParts {
  readonly listen: ListenToEvents;
  /** The types of contracts/events.yaml. */
  readonly eventTypes: ReadonlySet<string>;
  readonly beatMs?: number;
  readonly lifetimeMs?: number;
}

interface StreamQuery {
  readonly type?: string;
  readonly connection?: string;
  readonly appointment?: string;
}

/** Proxies take a line for dead after 30 or 60 s. */
const BEAT_MS = 15_000;
/** Then its reader comes again, with a token that is still good. */
const LIFETIME_MS = 600_000;
/** After which a reader comes again. */
const RETRY_MS = 2_000;

export const eventRoutes = ({ listen, eventTypes, beatMs = BEAT_MS, lifetimeMs = LIFETIME_MS }: EventRouteParts) =>
  ({
    async streamEvents(request: ApiRequest<unknown, StreamQuery>) {
      const { caller, query } = request;
      const after = lastEventId(request.header('last-event-id'));
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(lifetimeMs)]);
      // Before the answer begins: whoever sees it begin, and then does something, is to hear of it.
      const pages = await listen(interestOf(caller, query, eventTypes), after, beatMs, signal);
      return {
        status: 200,
        headers: { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' },
        stream: asText(pages),
      };
    },
  }) satisfies Handlers;

function interestOf(
  caller: Caller,
  query: StreamQuery,
  eventTypes: ReadonlySet<string>,
): Parameters<ListenToEvents>[0] {
  const types = query.type?.split(',').map((each) => each.trim());
  const unknown = types?.filter((each) => !eventTypes.has(each)) ?? [];
  if (unknown.length > 0)
    throw new HubError('validation', 'The query names types of events that there are not.', {
      errors: [
        { pointer: '#/query/type', detail: 'expected types of contracts/events.yaml, with commas between them' },
      ],
    });
  return {
    organizationId: caller.organizationId,
    ...(caller.role === 'app' && { clientId: caller.clientId }),
    ...(types && { types: new Set(types) }),
    ...(query.connection !== undefined && { connectionId: query.connection }),
    ...(query.appointment !== undefined && { appointmentId: query.appointment }),
  };
}

function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw new HubError(
    'validation',
    'Last-Event-ID names no event of this stream. Send it as it came, or leave it out.',
    {
      errors: [{ pointer: '#/header/Last-Event-ID', detail: 'expected the id of an event of this stream' }],
    },
  );
}

async function* asText(pages: Awaited<ReturnType<ListenToEvents>>): AsyncIterable<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  for await (const { position, events } of pages) {
    if (events.length > 0)
      yield events
        .map((each) => `id: ${each.sequence}\nevent: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`)
        .join('');
    // The id moves on also when nothing was of interest: who comes again need not look at all that once more.
    else yield `id: ${position}\n: still here\n\n`;
  }
}
