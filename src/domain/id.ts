import { HubError } from './hub-error.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Ids are opaque to callers, but Postgres refuses what is no UUID: ask this before an id reaches SQL. */
export const isId = (text: string): boolean => UUID.test(text);

/**
 * `what` is a word of the model, e.g. "provider"; `pointer` names the member that held the id, when the body did.
 * The id itself is left out: it came from the caller, and may be anything.
 */
export const notFound = (what: string, pointer?: string): HubError =>
  new HubError('not-found', `There is no such ${what} in your organization, or it is not yours to see. Check the id.`, {
    errors: pointer === undefined ? [] : [{ pointer, detail: `expected the id of a ${what} of your organization` }],
  });
