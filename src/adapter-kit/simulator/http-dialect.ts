/** How a HIS that speaks HTTP reacts to one request: the vendor's own answer, or what a fault makes of it. */
import { FAULTS, RETRY_AFTER_SECONDS, SLOW_MS, type Fault, type FaultName, type Operation } from './faults.ts';
import { beforeBooking, clockSkewMs } from './generic-quirks.ts';
import type { Reaction, VendorAnswer, VendorRequest } from './http-port.ts';
import { pause } from '../../domain/index.ts';
import type { SimulatedHis } from './simulated-his.ts';

/** Faults that are an answer, which every vendor words in its own way. */
export type SpokenFault = '500' | '503-retry-after' | '429-retry-after' | 'token-expired' | 'error-in-200';

/** What a vendor's simulator says. */
export interface HttpDialect {
  operationOf(request: VendorRequest): Operation;
  /** The reference that the adapter sent, if it did. */
  transactionOf(request: VendorRequest): string | null;
  /** The vendor's own answer, or what becomes of the connection instead. `gone` is aborted when the client leaves. */
  answer(request: VendorRequest, gone: AbortSignal): Reaction | Promise<Reaction>;
  /** The vendor's wording of a fault. Status and Retry-After of 503 and 429 are set by the kit. */
  spoken(fault: SpokenFault, request: VendorRequest): VendorAnswer;
  /** Key of the slot that a booking or reschedule asks for: fault `slot-taken` blocks it first, quirk G5 takes it away. */
  slotWanted(request: VendorRequest): string | undefined;
  /** Ends the validity of the credential that the request carries: fault `token-expired`. */
  expireToken?(request: VendorRequest): void;
}

const GATEWAY_PAGE = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>';
const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login"></form></body></html>';

/** The reaction of `his` to requests in the words of `dialect`; for openHttpPort. */
export function reactInDialect(his: SimulatedHis, dialect: HttpDialect) {
  const react = async (request: VendorRequest, gone: AbortSignal): Promise<Reaction> => {
    const operation = dialect.operationOf(request);
    his.see({ method: request.method, path: request.url.pathname, transactionId: dialect.transactionOf(request) });
    if (his.quirks.on('G3')) return { ...dialect.spoken('503-retry-after', request), status: 503 };
    const fault = his.faults.draw(operation);
    if (fault === undefined) {
      await beforeBooking(his, operation, dialect.slotWanted(request), gone);
      return dialect.answer(request, gone);
    }
    switch (FAULTS[fault.fault]) {
      case 'before': {
        const slotId = dialect.slotWanted(request);
        if (slotId !== undefined) his.book.block(slotId);
        return dialect.answer(request, gone);
      }
      case 'after':
        return afterCommit(fault, await dialect.answer(request, gone), gone);
      default:
        if (fault.afterMs !== undefined) await pause(fault.afterMs, gone);
        return instead(fault.fault, dialect, request);
    }
  };
  return async (request: VendorRequest, gone: AbortSignal): Promise<Reaction> => dated(his, await react(request, gone));
}

/** Quirk G1: a vendor whose clock is off says so in every answer. */
function dated(his: SimulatedHis, reaction: Reaction): Reaction {
  if (clockSkewMs(his) === 0 || typeof reaction === 'string' || 'cut' in reaction) return reaction;
  return { ...reaction, headers: { ...reaction.headers, date: new Date(his.now()).toUTCString() } };
}

async function afterCommit(fault: Fault, answer: Reaction, gone: AbortSignal): Promise<Reaction> {
  const delayMs = fault.afterMs ?? (fault.fault === 'slow' ? SLOW_MS : 0);
  if (delayMs > 0) await pause(delayMs, gone);
  if (fault.fault === 'slow') return answer;
  if (fault.fault === 'reset-after-commit') return 'drop';
  if (fault.fault === 'timeout-after-commit') return 'hang';
  return { status: 502, headers: { 'content-type': 'text/html; charset=us-ascii' }, body: GATEWAY_PAGE };
}

function instead(fault: FaultName, dialect: HttpDialect, request: VendorRequest): Reaction {
  switch (fault) {
    case 'timeout-before':
      return 'hang';
    case 'reset-before':
      return 'drop';
    case 'malformed':
      return withBody(dialect, request, (body) => `${body.slice(0, Math.ceil(body.length / 2))}<<>>`);
    case 'truncated':
      return { cut: withBody(dialect, request, (body) => body.slice(0, Math.ceil(body.length / 2))) };
    case 'html-200':
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: LOGIN_PAGE };
    case '503-retry-after':
    case '429-retry-after': {
      const { headers, body = '' } = dialect.spoken(fault, request);
      const status = fault === '503-retry-after' ? 503 : 429;
      return { status, headers: { ...headers, 'retry-after': String(RETRY_AFTER_SECONDS) }, body };
    }
    case 'token-expired':
      dialect.expireToken?.(request);
      return dialect.spoken(fault, request);
    case '500':
    case 'error-in-200':
      return dialect.spoken(fault, request);
    default:
      throw new Error(`fault ${fault} is not an answer`);
  }
}

/** A damaged answer has the media type and the beginning of a real one, but comes from a request that was not executed. */
function withBody(dialect: HttpDialect, request: VendorRequest, damage: (body: string) => string): VendorAnswer {
  const { headers = {}, body = '' } = dialect.spoken('error-in-200', request);
  return { status: 200, headers, body: damage(body) };
}
