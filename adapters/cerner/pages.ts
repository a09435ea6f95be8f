/** The pages of a search. There is no total: the last page is the one without a next link. Source: docs.oracle.com mfrap "Paging". */
import { AdapterError, isRecord, type Call } from '#adapter-kit';
import { Refused, type Bundle, type CernerClient } from './client.ts';

/** More pages than any window has: a server that links in circles. */
const PAGES_MAX = 500;

/**
 * Yields each page as it comes; one key may be on two of them. A next link that has expired begins the search anew, once: then
 * everything comes again. Throws Refused or AdapterError.
 */
export async function* pages(client: CernerClient, call: Call, path: string): AsyncGenerator<Bundle> {
  const progress = { pages: 0 };
  try {
    yield* follow(client, call, path, progress);
  } catch (error) {
    // The first question was understood, so a refusal of a link is about the link.
    const expired = error instanceof Refused && progress.pages > 0 && isGone(error);
    if (!expired) throw error;
    yield* follow(client, call, path, { pages: 0 });
  }
}

const isGone = ({ refusal }: Refused): boolean => refusal.class === 'invalid' || refusal.class === 'not-found';

async function* follow(
  client: CernerClient,
  call: Call,
  first: string,
  progress: { pages: number },
): AsyncGenerator<Bundle> {
  const visited = new Set<string>();
  let path: string | undefined = first;
  while (path !== undefined) {
    if (visited.has(path) || visited.size === PAGES_MAX) {
      throw new AdapterError(
        'protocol',
        'endless-paging',
        `expected at most ${PAGES_MAX} different pages of a search: the next link leads in a circle`,
      );
    }
    visited.add(path);
    const page: Bundle = await client.bundle(call, path);
    progress.pages += 1;
    yield page;
    path = nextLink(page, client);
  }
}

/** The link as it came: it is opaque. One to another origin would carry the token there. */
function nextLink(page: Bundle, client: CernerClient): string | undefined {
  const links = Array.isArray(page['link']) ? page['link'].filter(isRecord) : [];
  const next = links.find(({ relation }) => relation === 'next')?.['url'];
  if (typeof next !== 'string') return undefined;
  const { origin } = new URL(client.settings.baseUrl);
  if (URL.canParse(next) && new URL(next).origin === origin) return next;
  throw new AdapterError(
    'misconfigured',
    'foreign-origin',
    `expected the next page of a search at ${origin}, got a link to elsewhere: not followed`,
  );
}
