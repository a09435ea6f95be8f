/** Signing in over HTTP: the pages, and the provider behind them. */
import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { faultPage, STYLE, STYLE_PATH } from './pages.ts';
import type { ProviderParts } from './provider.ts';
import { takeStep } from './steps.ts';

export interface SignIn {
  /** The template of the route, when the path is one of signing in. */
  routeOf(method: string, path: string): string | undefined;
  /** `form`: the body, read and parsed; undefined where there is none. */
  handle(request: IncomingMessage, response: ServerResponse, form: URLSearchParams | undefined): Promise<void>;
}

const SIGN_IN = /^\/oauth\/sign-in\/[\w-]{1,64}$/;
const PROVIDER_PATHS: ReadonlySet<string> = new Set([
  '/oauth/authorize',
  '/oauth/revoke',
  '/oauth/sign-out',
  '/oauth/sign-out/confirm',
  '/oauth/sign-out/success',
]);

/** `url`: the origin that people reach the hub by, known when it listens. */
export function createSignIn(parts: ProviderParts, url: () => string): SignIn {
  let built: { readonly key: string; readonly provider: Provider } | undefined;
  /** Anew when the address is known, and when keys were renewed. */
  const provider = async (): Promise<Provider> => {
    const { kid } = await parts.issuer.keys.signing();
    const key = [url(), kid, ...parts.issuer.jwks.keys.map((each) => each.kid)].join(' ');
    if (built?.key !== key) {
      // Loaded when somebody signs in: it is a tenth of what a hub needs to start.
      const { createProvider } = await import('./provider.ts');
      built = { key, provider: createProvider(parts, url(), await parts.issuer.keys.privateKeys()) };
    }
    return built.provider;
  };

  return {
    routeOf: (method, path) => {
      if (path === STYLE_PATH && method === 'GET') return path;
      if (SIGN_IN.test(path) && (method === 'GET' || method === 'POST')) return '/oauth/sign-in/{id}';
      if (/^\/oauth\/authorize\/[\w-]{1,64}$/.test(path)) return '/oauth/authorize/{id}';
      return PROVIDER_PATHS.has(path) || (path === '/oauth/token' && method === 'POST') ? path : undefined;
    },
    async handle(request, response, form) {
      const [path = ''] = (request.url ?? '').split('?');
      response.setHeader('Content-Security-Policy', policyFor(url()));
      response.setHeader('Cache-Control', 'no-store');
      if (path === STYLE_PATH) return send(response, 200, 'text/css; charset=utf-8', STYLE);
      const current = await provider();
      if (!SIGN_IN.test(path)) {
        return current.callback()(form ? readAgain(request, form) : request, response);
      }
      if (form && isForged(request, url()))
        return send(response, 403, HTML, faultPage('This form was sent from another site.'));
      try {
        const page = await takeStep({ parts, provider: current, request, response, form });
        if (page !== undefined) send(response, 200, HTML, page);
      } catch (error) {
        if (!isOfProvider(error)) throw error;
        send(response, 400, HTML, faultPage('This sign-in has ended, or was begun in another browser.'));
      }
    },
  };
}

const HTML = 'text/html; charset=utf-8';

/** The same request, with its body still to be read: the provider reads for itself, and refuses what is sent twice. */
function readAgain(request: IncomingMessage, form: URLSearchParams): IncomingMessage {
  const bytes = Buffer.from(form.toString());
  const again = new IncomingMessage(request.socket);
  again.method = request.method ?? 'POST';
  again.url = request.url ?? '/';
  again.headers = { ...request.headers, 'content-length': String(bytes.length) };
  delete again.headers['transfer-encoding'];
  // Else its end would be taken for an abort, and the socket closed.
  again.complete = true;
  again.push(bytes);
  again.push(null);
  return again;
}

/** No script at all. Forms go here, and after the last one to the page that asked: one of the same origin. */
const policyFor = (url: string): string =>
  `default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' ${url}; base-uri 'none'; frame-ancestors 'none'`;

/** The cookie of a sign-in is not sent from other sites; a browser that says where a form comes from is believed besides. */
const isForged = ({ headers }: IncomingMessage, url: string): boolean =>
  headers.origin !== undefined && headers.origin !== url && headers.origin !== 'null';

/** SessionNotFound and its like: what the browser brought does not fit. */
const isOfProvider = (error: unknown): boolean => error instanceof Error && 'error_description' in error;

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.end(text);
}
