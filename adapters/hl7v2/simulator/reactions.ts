/** How the simulated hospital reacts to one message: its own answer, or what a fault or a habit makes of it. */
import { readHl7, type Hl7Message } from '#adapter-kit';
import {
  FAULTS,
  SLOW_MS,
  beforeBooking,
  pause,
  type Fault,
  type FaultName,
  type SimulatedHis,
} from '#adapter-kit/simulator';
import type { Wire } from './port.ts';
import { operationOf, transactionOf, type Refused, type Requests } from './requests.ts';
import { ResendWatch } from './resend-watch.ts';
import { messageOf, msaOf } from './wording.ts';

const LOGIN_PAGE =
  'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!DOCTYPE html><html><title>Sign in</title></html>';
const GATEWAY_PAGE = 'HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\n\r\n<html>Bad Gateway</html>';

/** MLLP has no words for time-outs and limits: the nearest is AR 207, "not now, send it again". */
const BUSY: Refused = { ack: 'AR', code: '207', text: 'Application internal error' };
const SPOKEN: Partial<Record<FaultName, Refused>> = {
  '500': { ack: 'AE', code: '207', text: 'Application internal error' },
  '503-retry-after': BUSY,
  '429-retry-after': BUSY,
  'token-expired': { ack: 'AR', code: '207', text: 'Session expired', own: 'AUTH' },
};

/** `later`: sends a message on the connection of the feed. */
export function reactionsOf(his: SimulatedHis, requests: Requests, later: (message: Uint8Array) => void) {
  const watch = new ResendWatch(his);
  return async (bytes: Uint8Array, unwatched: Wire): Promise<void> => {
    const message = readHl7(bytes);
    const wire: Wire = { ...unwatched, send: (answer) => (watch.answered(message, answer), unwatched.send(answer)) };
    watch.came(message);
    his.see({ method: 'MLLP', path: `${message.type}^${message.event}`, transactionId: transactionOf(message) });
    const operation = operationOf(message);
    if (his.quirks.on('G3')) return wire.send(requests.refuse(message, BUSY));
    const fault = his.faults.draw(operation);
    if (fault === undefined) {
      await beforeBooking(his, operation, requests.slotWanted(message), wire.gone);
      return reply(his, message, requests.answer(message), wire, later);
    }
    switch (FAULTS[fault.fault]) {
      case 'before': {
        const slotId = requests.slotWanted(message);
        if (slotId !== undefined) his.book.block(slotId);
        return reply(his, message, requests.answer(message), wire, later);
      }
      case 'after':
        return afterCommit(fault, requests.answer(message), wire);
      default:
        if (fault.afterMs !== undefined) await pause(fault.afterMs, wire.gone);
        return instead(his, requests, fault.fault, message, wire);
    }
  };
}

/** H6, H7, H13: the right answer, given in an odd way. */
function reply(
  his: SimulatedHis,
  message: Hl7Message,
  answer: Uint8Array,
  wire: Wire,
  later: (message: Uint8Array) => void,
): void {
  const habit = his.quirks.value('H6');
  if (habit === 'no-answer') return;
  if (habit === 'wrong-id-first') {
    wire.send(
      messageOf(his, ['ACK', message.event, 'ACK'], [{ segment: 'MSA', 'MSA-1': 'AA', 'MSA-2': 'SOMETHINGELSE' }]),
    );
  }
  if (his.quirks.on('H7') && message.type === 'SRM') {
    wire.send(messageOf(his, ['ACK', message.event, 'ACK'], [msaOf(message, 'CA')]));
    later(answer);
  } else wire.send(answer);
  if (his.quirks.on('H13')) wire.end();
}

async function afterCommit({ fault, afterMs }: Fault, answer: Uint8Array, wire: Wire): Promise<void> {
  const delayMs = afterMs ?? (fault === 'slow' ? SLOW_MS : 0);
  if (delayMs > 0) await pause(delayMs, wire.gone);
  if (fault === 'slow') wire.send(answer);
  if (fault === 'reset-after-commit') wire.reset();
  // What stands between hub and hospital gives up, in words that are no message.
  if (fault === '502-after-commit') {
    wire.raw(GATEWAY_PAGE);
    wire.end();
  }
}

function instead(his: SimulatedHis, requests: Requests, fault: FaultName, message: Hl7Message, wire: Wire): void {
  const spoken = SPOKEN[fault];
  if (spoken) return wire.send(requests.refuse(message, spoken));
  const type = ['SRR', message.event, 'SRR_S01'] as const;
  const empty = messageOf(his, type, [msaOf(message, 'AA')]);
  switch (fault) {
    case 'timeout-before':
      return;
    case 'reset-before':
      return wire.reset();
    case 'malformed':
      return wire.send(Buffer.concat([empty.subarray(0, 40), Buffer.from('<<>>')]));
    case 'truncated':
      wire.raw(Buffer.concat([Buffer.of(0x0b), empty.subarray(0, Math.ceil(empty.length / 2))]));
      return wire.end();
    case 'html-200':
      return wire.raw(LOGIN_PAGE);
    case 'error-in-200':
      return wire.send(
        messageOf(his, type, [
          msaOf(message, 'AA'),
          { segment: 'ERR', 'ERR-3': { 1: '207', 3: 'HL70357' }, 'ERR-4': 'E' },
        ]),
      );
    default:
      throw new Error(`fault ${fault} is not an answer`);
  }
}
