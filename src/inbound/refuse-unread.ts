/** The answer to a message of which nothing was kept. It names no value of the message. */
import { AdapterError } from '../adapter-kit/index.ts';
import { buildAck, readHl7, type AckOptions, type Hl7Message } from '../adapter-kit/hl7v2/index.ts';

/**
 * nobody  no connection knows the sender: rejected, to be sent again when somebody has made the connection
 * unread  its connection could not read it: an error of the content, the same message will not do
 * failed  the hub is in trouble: rejected, to be sent again
 */
export type WhyRefused = 'nobody' | 'unread' | 'failed';

const ANSWERS: Readonly<Record<WhyRefused, Pick<AckOptions, 'code' | 'error'>>> = {
  nobody: {
    code: 'AR',
    error: {
      code: '207',
      text: 'No connection of the hub has this MSH-3 and MSH-4',
      location: { segment: 'MSH', field: 3 },
    },
  },
  unread: { code: 'AE', error: { code: '207', text: 'The message could not be understood; the hub has logged why' } },
  failed: { code: 'AR', error: { code: '207', text: 'Not stored; send it again' } },
};

export function refuseUnread(bytes: Uint8Array, why: WhyRefused): Uint8Array {
  const message = messageIn(bytes);
  if (message !== undefined) return buildAck(message, ANSWERS[why]);
  return buildAck(undefined, { code: 'AR', error: { code: '100', text: 'Not an HL7 v2 message' } });
}

function messageIn(bytes: Uint8Array): Hl7Message | undefined {
  try {
    return readHl7(bytes);
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}
