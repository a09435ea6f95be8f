/** The HTTP server below the API: what it takes in before anybody has looked at a token is small, and does not wait for long. */
import { createServer, type RequestListener, type Server } from 'node:http';

export interface HttpLimits {
  /** From the first byte of a request to the end of its headers, in milliseconds. */
  readonly headersMs: number;
  /** To the end of its body. */
  readonly requestMs: number;
  /** How often connections are looked through for those that are too slow. */
  readonly lookMs: number;
  /** Open connections. More are closed at once. */
  readonly connectionsMax: number;
}

const LIMITS: HttpLimits = { headersMs: 10_000, requestMs: 30_000, lookMs: 1_000, connectionsMax: 10_000 };
/** Of all headers together; the longest of them is a token. */
const HEADER_BYTES_MAX = 16_384;

/**
 * Who is slower is answered 408, whose headers are larger 431, and both are disconnected. Node refuses by itself what two servers
 * could read differently (two lengths, a length beside chunks, bare line feeds): RFC 9112, section 11.
 */
export function createHttpServer(app: RequestListener, limits: Partial<HttpLimits> = {}): Server {
  const { headersMs, requestMs, lookMs, connectionsMax } = { ...LIMITS, ...limits };
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: lookMs,
      maxHeaderSize: HEADER_BYTES_MAX,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    app,
  );
  server.maxConnections = connectionsMax;
  // Node leaves out silently what is above; the API refuses it.
  server.maxHeadersCount = 1_000;
  return server;
}
