/** What of a request is looked at before its route: the length of its URL, and how many headers it has. */
import type { IncomingMessage } from 'node:http';
import { HubError } from '../domain/index.ts';

const URL_BYTES_MAX = 8_192;
const HEADERS_MAX = 100;

/** Errors: uri-too-long, headers-too-many. */
export function refuseOversize({ url = '', rawHeaders }: Pick<IncomingMessage, 'url' | 'rawHeaders'>): void {
  if (url.length > URL_BYTES_MAX) {
    throw new HubError('uri-too-long', `The URL has ${url.length} bytes; it may have ${URL_BYTES_MAX}.`);
  }
  const headers = rawHeaders.length / 2;
  if (headers > HEADERS_MAX) {
    throw new HubError('headers-too-many', `The request has ${headers} headers; it may have ${HEADERS_MAX}.`);
  }
}
