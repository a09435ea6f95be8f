/** Tries a connection without changing anything. HL7 v2 has no harmless message that every HIS answers, so much of it is dry. */
import { AdapterError, readAck, type BookRequest, type Call, type CheckStep } from '#adapter-kit';
import { classify } from './classify.ts';
import type { Line } from './line.ts';
import { queryMessage } from './messages.ts';
import type { Hl7Settings } from './settings.ts';
import { bookDry } from './write.ts';

export async function* check(settings: Hl7Settings, line: Line, call: Call): AsyncIterable<CheckStep> {
  if (settings.query) {
    const asked = await askForNothing(settings, line, call);
    yield { step: 'auth', ok: asked === undefined, detail: 'the HIS took a query', ...asked };
    if (asked !== undefined) return;
    yield { step: 'read', ok: true, detail: 'the HIS answered SQM^S25 about an appointment that does not exist' };
  } else {
    yield {
      step: 'read',
      ok: true,
      detail: 'this HIS answers no query: what it tells by itself shows whether it can be read',
    };
  }
  const message = bookDry(settings, call, SAMPLE);
  const isSound =
    message.get('ARQ-1.1') === call.transactionId && message.get('AIP-3.1') === SAMPLE.slot.providerExternalId;
  yield {
    step: 'map',
    ok: isSound,
    detail: isSound ? 'the mappings make a booking request' : 'mapping "book" lost ARQ-1 or AIP-3: correct it',
  };
  if (isSound)
    yield { step: 'write', ok: true, detail: 'SRM^S01 was made and not sent: nothing short of a booking tries it' };
}

/** What went wrong; undefined: nothing. */
async function askForNothing(
  settings: Hl7Settings,
  line: Line,
  call: Call,
): Promise<Pick<CheckStep, 'detail' | 'isAtWork'> | undefined> {
  try {
    const query = queryMessage(settings, call, { kind: 'book', ...SAMPLE, knownExternalIds: [] });
    const { application } = await line.send(call, query, false);
    const ack = application && readAck(application);
    if (ack?.code === 'AA') return undefined;
    const refusal = ack && classify(ack, 'query');
    const reason = refusal?.reason ?? 'no application acknowledgement';
    return {
      detail: `the HIS did not answer SQM^S25 (${reason}): set "query" to false if it has no such query`,
      isAtWork: refusal !== undefined && refusal.class !== 'transient' && refusal.class !== 'auth',
    };
  } catch (error) {
    if (error instanceof AdapterError)
      return { detail: `no answer from ${settings.host}:${settings.port} (${error.reason})` };
    throw error;
  }
}

/** Nobody, nowhere, long ago. */
const SAMPLE: BookRequest = {
  slot: {
    externalId: 'CHECK',
    providerExternalId: 'CHECK',
    locationExternalId: 'CHECK',
    start: '2001-01-01T09:00:00Z',
    end: '2001-01-01T09:30:00Z',
    timeZone: 'Etc/UTC',
    mode: 'in-person',
    seat: 1,
    details: {},
  },
  patient: {
    externalId: 'CHECK',
    name: { given: ['Connection'], family: 'Check' },
    birthDate: '1900-01-01',
    email: null,
    phone: null,
    address: null,
    identifiers: [],
  },
  mode: 'in-person',
  reason: null,
};
