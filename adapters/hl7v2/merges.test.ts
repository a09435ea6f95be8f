/** H10: merges in every shape that hospitals send. They are read, acknowledged and kept; nothing is made of them yet. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readAck, readHl7, type ReceivedMessage } from '#adapter-kit';
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

const SENT: Readonly<Record<(typeof MERGE_FORMS)[number], readonly string[]>> = {
  'repeated-mrg': ['A40 AA'],
  'repeated-groups': ['A40 AA'],
  chain: ['A40 AA', 'A40 AA'],
  'never-seen': ['A40 AA'],
  unlink: ['A40 AA', 'A37 AA'],
};

test.each(MERGE_FORMS)(
  '%s is acknowledged, tells nothing that is acted on, and stops nothing that follows',
  async (form) => {
    const slot = (await hospital.ear.slots(60)).at(-1 - MERGE_FORMS.indexOf(form));
    const before = hospital.ear.messages.length;
    await hospital.quirks({ H10: form });
    await hospital.edit({ op: 'add-patient', name: 'Erika Twice', birthDate: '1980-01-01' });
    await hospital.quirks({ H10: false });
    const { vendorId } = await hospital.edit({ op: 'book-outside', externalId: slot?.externalId ?? '' });
    await hospital.ear.until((notice) => notice.kind === 'appointment' && notice.externalId === vendorId);

    const told = hospital.ear.messages.slice(before).filter((message) => answerTo(message).startsWith('A'));
    expect(told.map(answerTo)).toEqual(SENT[form]);
    expect(told.flatMap(({ notices }) => notices)).toEqual([]);
  },
);
