import type { ApiReply, ApiRequest } from '../operation.ts';
import { etag, expectedVersion } from '../preconditions.ts';

/** A resource as it is now, with its version as ETag. */
export const versionedReply = (body: { readonly version: number }): ApiReply => ({
  status: 200,
  body,
  headers: { ETag: etag(body.version) },
});

/** A resource that was made, with its address. */
export const createdReply = (
  collection: string,
  body: { readonly id: string; readonly version: number },
): ApiReply => ({
  ...versionedReply(body),
  status: 201,
  headers: { ETag: etag(body.version), Location: `${collection}/${body.id}` },
});

/** The version that the caller has read, when it says so. */
export const ifMatch = (request: ApiRequest<unknown, unknown>): number | undefined =>
  expectedVersion(request.header('if-match'));

/** The id of the path. */
export const pathId = (request: ApiRequest<unknown, unknown>): string => request.params['id'] ?? '';
