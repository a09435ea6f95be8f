/** As much of a browser as signing in needs: cookies by path, redirects one by one, forms. */
export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  async send(
    path: string,
    form?: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    const url = new URL(path, this.#origin);
    const cookie = [...this.#cookies]
      .filter(([, each]) => url.pathname.startsWith(each.path))
      .map(([name, each]) => `${name}=${each.value}`)
      .join('; ');
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { ...(cookie !== '' && { cookie }), ...headers },
      ...(form && { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((each) => each.trim());
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      const expires = attributes.find((each) => /^expires=/i.test(each))?.slice('expires='.length);
      const within = attributes.find((each) => /^path=/i.test(each))?.slice('path='.length) ?? '/';
      if (value === '' || (expires !== undefined && Date.parse(expires) < Date.now())) this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path: within });
    }
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      path: url.pathname + url.search,
      title: /<title>(.*) - Tessera<\/title>/.exec(text)?.[1],
      wrong: /role="alert">([^<]*)</.exec(text)?.[1],
    };
  }

  /** Sends, and goes where it is sent for as long as that is on this site; the last page, or the last redirect away. */
  async follow(path: string, form?: Readonly<Record<string, string>>, until?: string): Promise<Page> {
    let page = await this.send(path, form);
    for (;;) {
      const to = page.headers.get('location');
      if (to === null) return page;
      const url = new URL(to, this.#origin);
      if (url.origin !== this.#origin || url.pathname === until) return page;
      page = await this.send(url.pathname + url.search);
    }
  }

  get cookies(): ReadonlyMap<string, { readonly value: string; readonly path: string }> {
    return this.#cookies;
  }
}

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly path: string;
  readonly title: string | undefined;
  /** What the page objects to. */
  readonly wrong: string | undefined;
}
