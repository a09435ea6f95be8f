/** The hub's API, typed by its contract. */
import createClient, { type Middleware } from 'openapi-fetch';
import { endSession, presentSession } from '../session/session.ts';
import type { paths } from './contract.ts';
import { Problem } from './problem.ts';

export const api = createClient<paths>({ baseUrl: location.origin });

const authorised: Middleware = {
  async onRequest({ request }) {
    const token = await presentSession()?.token();
    if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
    return request;
  },
  onResponse({ response }) {
    // Whoever it was signs in again, and comes back to where they were.
    if (response.status === 401) endSession('The hub does not take your sign-in any more.');
  },
};
api.use(authorised);

interface Reply<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was answered. Throws a Problem that says what to do. */
export async function answered<Data>(reply: Promise<Reply<Data>>): Promise<NonNullable<Data>> {
  const { data, error, response } = await reply;
  if (!response.ok) throw Problem.of(error, response);
  // Only 204 has no content, and nobody reads it.
  return (data ?? {}) as NonNullable<Data>;
}
