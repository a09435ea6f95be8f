/** The way to a HIS and back: what can go wrong on it, before and after the HIS has done what it was asked. */
import { AdapterError, type Call } from '../../../src/adapter-kit/index.ts';
import type { Clock } from './clock.ts';
import type { Answer, Hospital, Write } from './hospital.ts';
import { currentProcess } from './process.ts';
import type { Random } from './random.ts';

export const NETWORK_FAULTS = [
  'none',
  'slow',
  'refused',
  'lost-before',
  'lost-after',
  'reset-before',
  'reset-after',
  'bad-gateway-after',
  'error-500',
  'error-503',
  'throttled',
  'malformed',
  'unauthorised',
] as const;
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

/** How likely each is, at one HIS, at present. */
export type Weather = Partial<Record<NetworkFault, number>>;

export interface Line {
  readonly hospital: Hospital;
  readonly clock: Clock;
  readonly random: Random;
  weather: Weather;
}

/** What came back: the HIS's answer to a write, or something that is none. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'status'; readonly status: 429 | 500 | 502 | 503; readonly retryAfterMs?: number }
  | { readonly kind: 'malformed' };

/**
 * A HIS that has lost our connection finishes what it had begun within this time. Whatever it shows later still than the
 * policy's gap between two absences cannot be told from what never happened.
 */
const STILL_AT_WORK_MS = 500;

export function carry(line: Line, call: Call, write: Write): Promise<Reply> {
  return exchange(line, call, true, () => line.hospital.write(write, call.transactionId, call.attempt)).then(
    ({ fault, value }): Reply => {
      if (fault === 'malformed') return { kind: 'malformed' };
      if (fault === 'bad-gateway-after') return { kind: 'status', status: 502 };
      if (fault === 'error-500') return { kind: 'status', status: 500 };
      if (fault === 'error-503') return { kind: 'status', status: 503 };
      if (fault === 'throttled') {
        return { kind: 'status', status: 429, ...(line.random.chance(0.5) && { retryAfterMs: 1_000 }) };
      }
      if (!value) throw new Error('a write was answered without an answer');
      return { kind: 'answer', answer: value };
    },
  );
}

/** A read: whatever goes wrong, nothing has happened. */
export async function ask<T>(line: Line, call: Call, read: () => T): Promise<T> {
  const { fault, value } = await exchange(line, call, false, read);
  if (fault !== 'none' && fault !== 'slow') throw new AdapterError('protocol', 'unreadable', 'no readable answer');
  return value as T;
}

const NOTHING_DONE: ReadonlySet<NetworkFault> = new Set([
  'lost-before',
  'reset-before',
  'error-500',
  'error-503',
  'throttled',
]);

async function exchange<T>(
  line: Line,
  call: Call,
  write: boolean,
  work: () => T,
): Promise<{ fault: NetworkFault; value: T | undefined }> {
  const { clock, random, hospital } = line;
  const owner = currentProcess();
  // A token is had first, now and then: time passes between the hub's decision to send and the bytes.
  if (random.chance(0.2)) await arrive(line, call, random.between(1, hospital.profile.tokenMs));
  const fault = random.weighted({ none: 1, ...line.weather });
  const wire = call.begin({ method: 'POST', url: `http://${hospital.name}.sim`, write, body: '' });
  if (fault === 'unauthorised') throw new AdapterError('unauthorised', 'token-refused', 'the credentials were refused');
  if (call.signal.aborted) throw new AdapterError('unavailable', 'deadline', 'the deadline passed before sending');
  if (fault === 'refused') {
    await arrive(line, call, 1);
    throw new AdapterError('unavailable', 'not-reached', 'the HIS was not reached');
  }
  wire.sending();
  const thereMs = fault === 'slow' ? random.between(500, 2_900) : random.between(1, 30);
  const backMs = fault === 'slow' ? random.between(0, 2_000) : random.between(1, 30);
  return new Promise((resolve, reject) => {
    const lost = (reason: string): void => {
      wire.failed(reason);
      reject(new AdapterError('protocol', reason, 'the answer was lost'));
    };
    call.signal.addEventListener('abort', () => lost('deadline'));
    const comesBack = (value: T | undefined): void => {
      if (fault === 'lost-before' || fault === 'lost-after') return;
      clock.after(backMs, () =>
        owner?.deliver(() => {
          wire.answered('');
          resolve({ fault, value });
        }),
      );
    };
    if (fault === 'reset-before' || fault === 'reset-after') {
      clock.after(thereMs, () => owner?.deliver(() => lost('connection-lost')));
    }
    const doneMs =
      thereMs + (fault === 'reset-after' || fault === 'lost-after' ? random.between(0, STILL_AT_WORK_MS) : 0);
    clock.after(doneMs, () => {
      hospital.arrived(call.transactionId, call.attempt, write);
      comesBack(NOTHING_DONE.has(fault) ? undefined : work());
    });
  });
}

function arrive({ clock }: Line, call: Call, ms: number): Promise<void> {
  const owner = currentProcess();
  return new Promise((resolve, reject) => {
    call.signal.addEventListener('abort', () =>
      reject(new AdapterError('unavailable', 'deadline', 'the time was over')),
    );
    clock.after(ms, () => owner?.deliver(resolve));
  });
}
