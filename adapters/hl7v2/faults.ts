/**
 * What shows of a message before anything is made of it, and what its sender is told: HL7 v2.5.1 chapter 2.9.2.2 (what a receiver
 * checks before it answers), tables 0008 and 0357.
 */
import { buildAck, type AckError, type Hl7ErrorCode, type Hl7Message, type MessageFault } from '#adapter-kit';
import type { Hl7Settings } from './settings.ts';

/** How it is answered, and what becomes of it. */
export interface Fault extends MessageFault {
  readonly error: AckError;
}

/** Every trigger of an appointment; of these some say nothing that the hub keeps. */
const SIU_EVENTS = /^S(?:1[2-9]|2[0-9])$/;
const TYPES: ReadonlySet<string> = new Set(['SIU', 'ADT', 'MFN', 'SRR', 'ACK']);

/** Undefined: nothing is wrong that shows. */
export function faultOf(settings: Hl7Settings, message: Hl7Message): Fault | undefined {
  return headerFault(settings, message) ?? contentFault(message);
}

/** MSH-9, 11 and 12: whoever sends it must mend it, so that nothing is kept (AR). */
function headerFault({ processingId }: Hl7Settings, message: Hl7Message): Fault | undefined {
  const { type, event } = message;
  if (!TYPES.has(type)) return refused('message-type', '200', 9, `expected ${[...TYPES].join(', ')} in MSH-9.1`);
  if (type === 'SIU' && !SIU_EVENTS.test(event)) return refused('event', '201', 9, 'expected S12 to S29 in MSH-9.2');
  // A message of a test system would change real appointments; who leaves it empty is what the connection is.
  const processing = message.get('MSH-11') ?? '';
  if (processing !== '' && processing !== processingId)
    return refused('processing-id', '202', 11, `expected ${processingId} in MSH-11, as the connection is set to`);
  // It says 2.3 where 2.5 is meant, and the reverse: only what is no version 2 at all is read otherwise.
  const version = message.get('MSH-12') ?? '';
  if (version !== '' && !/^2(?:\.|$)/.test(version))
    return refused('version', '203', 12, 'expected a version 2 in MSH-12');
  return undefined;
}

/** What no reading of it could mend (AE): kept, and shown. */
function contentFault(message: Hl7Message): Fault | undefined {
  if (message.type !== 'SIU') return undefined;
  const [schedule] = message.segments('SCH');
  if (!schedule) {
    const error = { code: '100', location: { segment: 'SCH' } } as const;
    return { kind: 'kept', code: 'segment-missing', detail: 'expected a segment SCH', error };
  }
  const isOfTime = message.event === 'S23' || message.event === 'S24';
  if (isOfTime || schedule.value(1) || schedule.value(2)) return undefined;
  const error = { code: '101', location: { segment: 'SCH', field: 2 } } as const;
  return { kind: 'kept', code: 'no-appointment-key', detail: 'expected a key in SCH-2 or SCH-1', error };
}

function refused(code: string, error: Hl7ErrorCode, field: number, detail: string): Fault {
  return { kind: 'refused', code, detail, error: { code: error, location: { segment: 'MSH', field }, text: detail } };
}

/**
 * AA once it is stored; where the sender only asked for an accept acknowledgement (enhanced mode), CA. An answer is not
 * answered. AR 207: it could not be stored, and is to be sent again.
 */
export function acknowledge(
  message: Hl7Message,
  verdict: 'stored' | 'failed',
  fault: Fault | undefined,
  at: number,
): Uint8Array | undefined {
  const [accept, application] = [message.get('MSH-15') ?? '', message.get('MSH-16') ?? ''];
  const isWell = verdict === 'stored' && fault === undefined;
  const isEnhanced = accept !== '' || application !== '';
  const wantsApplication = !isEnhanced || application === 'AL' || application === (isWell ? 'SU' : 'ER');
  const wantsAccept = accept === 'AL' || accept === (isWell ? 'SU' : 'ER');
  if (!wantsApplication && !wantsAccept) return undefined;
  const mode = wantsApplication ? 'A' : 'C';
  if (isWell) return buildAck(message, { code: `${mode}A`, at });
  if (verdict === 'failed') return buildAck(message, { code: `${mode}R`, at, error: { code: '207' } });
  // Of a message that is kept the accept acknowledgement says just that; what is wrong with it is for the application's.
  if (mode === 'C' && fault?.kind === 'kept') return buildAck(message, { code: 'CA', at });
  return buildAck(message, {
    code: fault?.kind === 'refused' ? `${mode}R` : `${mode}E`,
    at,
    ...(fault && { error: fault.error }),
  });
}
