/** What hospitals post to the hub by themselves. Who sends it is shown by the connection's own secret, not by a token of the API. */
import { HubError } from '../../domain/index.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';

export interface PushRouteParts {
  readonly receivePush: (request: {
    readonly connectionId: string;
    readonly authorization: string | undefined;
    readonly contentType: string | undefined;
    readonly readBody: () => Promise<Uint8Array>;
  }) => Promise<
    | {
        readonly kind: 'stored' | 'failed';
        readonly answer: { readonly contentType: string; readonly body: string } | undefined;
      }
    | { readonly kind: 'unread'; readonly code: string }
    | { readonly kind: 'unknown' }
  >;
}

/** As much as a HIS may answer, so as much may it say. */
const BYTES_MAX = 5_000_000;
const AGAIN_SECONDS = 30;

export const pushRoutes = ({ receivePush }: PushRouteParts) =>
  ({
    async receivePush(request: ApiRequest): Promise<ApiReply> {
      const received = await receivePush({
        connectionId: request.params['connectionId'] ?? '',
        authorization: request.header('authorization'),
        contentType: request.header('content-type'),
        readBody: () => request.readRaw(BYTES_MAX),
      });
      switch (received.kind) {
        case 'stored':
          return { status: 200, ...worded(received.answer) };
        case 'failed':
          if (!received.answer)
            throw new HubError('unavailable', 'The push was not stored. Send it again.', {
              retryAfterSeconds: AGAIN_SECONDS,
            });
          return { status: 503, ...worded(received.answer, { 'Retry-After': String(AGAIN_SECONDS) }) };
        case 'unread':
          throw new HubError('validation', `The push cannot be read (${received.code}); it is kept, for a person.`, {
            errors: [{ pointer: '', detail: `expected what the connection is configured for: ${received.code}` }],
          });
        case 'unknown':
          throw new HubError(
            'unauthenticated',
            'No connection of this id takes pushes with this secret: expected Authorization: Bearer with its pushSecret.',
          );
        default:
          return received satisfies never;
      }
    },
  }) satisfies Handlers;

const worded = (
  answer: { readonly contentType: string; readonly body: string } | undefined,
  headers: Readonly<Record<string, string>> = {},
): Pick<ApiReply, 'body' | 'headers'> =>
  answer ? { body: answer.body, headers: { ...headers, 'Content-Type': answer.contentType } } : { headers };
