/** H10: merges in every shape that hospitals send: each tells which keys name one patient from now on. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdapterError, readAck, readHl7, type Notice, type ReceivedMessage } from '#adapter-kit';
import { startHeardHospital, type HeardHospital } from '../../test/support/hl7-ear.ts';
import adapter from './index.ts';
import startSimulator from './simulator.ts';
import { MERGE_FORMS } from './simulator/merges.ts';

let hospital: HeardHospital;
beforeAll(async () => {
  hospital = await startHeardHospital(adapter, startSimulator);
  await hospital.ear.slots(60);
});
afterAll(() => hospital.close());

/** What is answered, as `A40 AA`. */
function answerTo(message: ReceivedMessage): string {
  const answer = readHl7(message.acknowledge('stored') ?? Buffer.of());
  const ack = readAck(answer);
  expect(ack?.controlId).toBe(message.messageId);
  return `${answer.event} ${ack?.code ?? 'nothing'}`;
}

interface Sent {
  readonly answers: readonly string[];
  /** How many keys are retired. */
  readonly retired: number;
}

const SENT: Readonly<Record<(typeof MERGE_FORMS)[number], Sent>> = {
  'repeated-mrg': { answers: ['A40 AA'], retired: 3 },
  'repeated-groups': { answers: ['A40 AA'], retired: 2 },
  chain: { answers: ['A40 AA', 'A40 AA'], retired: 2 },
  'never-seen': { answers: ['A40 AA'], retired: 1 },
  unlink: { answers: ['A40 AA', 'A37 AA'], retired: 1 },
};

/** A merge that was taken back tells nothing: it is held for a person. */
function noticesOf(message: ReceivedMessage): readonly Notice[] {
  try {
    return message.notices;
  } catch (error) {
    if (error instanceof AdapterError && error.reason === 'merge-undone') return [];
    throw error;
  }
}

test.each(MERGE_FORMS)(
  '%s is acknowledged, tells every key that is retired, and stops nothing that follows',
  async (form) => {
    const slot = (await hospital.ear.slots(60)).at(-1 - MERGE_FORMS.indexOf(form));
    const before = hospital.ear.messages.length;
    await hospital.quirks({ H10: form });
    await hospital.edit({ op: 'add-patient', name: 'Erika Twice', birthDate: '1980-01-01' });
    await hospital.quirks({ H10: false });
    const { vendorId } = await hospital.edit({ op: 'book-outside', externalId: slot?.externalId ?? '' });
    await hospital.ear.until((notice) => notice.kind === 'appointment' && notice.externalId === vendorId);

    const told = hospital.ear.messages.slice(before).filter((message) => answerTo(message).startsWith('A'));
    expect(told.map(answerTo)).toEqual(SENT[form].answers);
    const notices = told.flatMap(noticesOf);
    expect(notices.map(({ kind }) => kind)).toEqual(Array.from({ length: SENT[form].retired }, () => 'merge'));
  },
);
