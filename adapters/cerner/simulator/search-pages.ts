/** Searchsets in pages. The next link is opaque and known to nobody but its maker; there is no total. Quirk O6. */
import { randomUUID } from 'node:crypto';
import type { SimulatedHis, VendorAnswer, VendorRequest } from '#adapter-kit/simulator';
import type { ContractWatch } from './contract-watch.ts';
import { NO_PARAMETERS, fhir, plain, type Resource } from './reply.ts';

const PAGE_SIZE = 20;
const PAGE_SIZE_MAX = 100;
/** Each keeps all that its search has found. */
const CONTEXTS_MAX = 50;
const CONTEXT = '-pageContext';

interface Context {
  readonly matches: readonly Resource[];
  readonly from: number;
  readonly size: number;
}

export class SearchPages {
  readonly #his: SimulatedHis;
  readonly #watch: ContractWatch;
  readonly #contexts = new Map<string, Context>();
  #expiredOne = false;

  constructor(his: SimulatedHis, watch: ContractWatch) {
    this.#his = his;
    this.#watch = watch;
  }

  isPage(request: VendorRequest): boolean {
    return request.url.searchParams.has(CONTEXT);
  }

  first(request: VendorRequest, base: string, matches: readonly Resource[]): VendorAnswer {
    const asked = Number(request.url.searchParams.get('_count') ?? PAGE_SIZE);
    const size = Number.isInteger(asked) && asked > 0 ? Math.min(asked, PAGE_SIZE_MAX) : PAGE_SIZE;
    return this.#page(request, base, { matches, from: 0, size });
  }

  next(request: VendorRequest, base: string): VendorAnswer {
    const id = request.url.searchParams.get(CONTEXT) ?? '';
    const context = this.#contexts.get(id);
    if (context === undefined || request.url.search !== linkTo(id)) {
      this.#watch.pageLinkConstructed(request);
      return plain(this.#his, 400, NO_PARAMETERS);
    }
    if (this.#expiresNow()) return plain(this.#his, 400, NO_PARAMETERS);
    return this.#page(request, base, context);
  }

  #page(request: VendorRequest, base: string, { matches, from, size }: Context): VendorAnswer {
    const page = matches.slice(from, from + size);
    const quirky = this.#his.quirks.on('O6');
    // One key of this page comes again on the next.
    const nextFrom = from + size - (quirky && size > 1 ? 1 : 0);
    const hasMore = from + size < matches.length;
    const type = matches[0]?.resourceType ?? '';
    const next = hasMore
      ? [{ relation: 'next', url: `${base}/${type}${this.#link({ matches, from: nextFrom, size })}` }]
      : [];
    return fhir(200, {
      resourceType: 'Bundle',
      id: randomUUID(),
      type: 'searchset',
      ...(quirky ? {} : { total: matches.length }),
      link: [{ relation: 'self', url: request.url.href }, ...next],
      ...(page.length === 0
        ? {}
        : {
            entry: page.map((resource) => ({
              fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
              resource,
              search: { mode: 'match' },
            })),
          }),
    });
  }

  #link(context: Context): string {
    const [oldest] = this.#contexts.keys();
    if (this.#contexts.size >= CONTEXTS_MAX && oldest !== undefined) this.#contexts.delete(oldest);
    const id = randomUUID();
    this.#contexts.set(id, context);
    return linkTo(id);
  }

  /** The first link that is followed after the quirk was switched is dead, those after it live. */
  #expiresNow(): boolean {
    const expires = this.#his.quirks.value('O6') === 'expires' && !this.#expiredOne;
    this.#expiredOne = this.#his.quirks.value('O6') === 'expires';
    return expires;
  }
}

const linkTo = (id: string): string => `?${CONTEXT}=${id}&-pageDirection=NEXT`;
