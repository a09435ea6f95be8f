import { expect, test } from '@jest/globals';
import { buildAck, readHl7 } from '#adapter-kit';

const OPTIONS = { code: 'AA', at: Date.UTC(2027, 0, 2, 3, 4, 5, 678), controlId: 'ANSWER-1' } as const;

const answerTo = (header: string): string =>
  Buffer.from(buildAck(readHl7(Buffer.from(`${header}\rSCH||A1`)), OPTIONS)).toString('utf8');

/** With a sign of its own for truncation (v2.7) a message is answered piece by piece, as any that is not plain. */
const answeredByPieces = (header: string): string =>
  answerTo(header.replace('MSH|^~\\&|', 'MSH|^~\\&#|')).replace('MSH|^~\\&#|', 'MSH|^~\\&|');

const HEADERS = [
  'MSH|^~\\&|HIS|CLINIC|TESSERA|HUB|20270102030405||SIU^S12^SIU_S12|M-1|P|2.5.1',
  'MSH|^~\\&|HIS|CLINIC|TESSERA|HUB|20270102030405||SIU^S12|M-1|P|2.3',
  'MSH|^~\\&|HIS|CLINIC|TESSERA||20270102030405||SIU^S12^SIU_S12|M-1|P|2.5.1',
  'MSH|^~\\&|HIS|CLINIC|TESSERA|HUB|20270102030405||SIU^S12^SIU_S12||P|2.5.1',
  'MSH|^~\\&|HIS^1.2.3^ISO|CLINIC~OTHER|TESSERA|HUB|20270102030405||SIU^S12^SIU_S12|M-1|P^T|2.5.1^DEU',
  'MSH|^~\\&|HI\\T\\S|CLÍNICA|""|HUB|20270102030405||SIU^S12^SIU_S12|M\\X41\\|P|2.5.1',
  'MSH|^~\\&|HIS|CLINIC|TESSERA|HUB|20270102030405||ACK|M-1|P|2.5.1',
];

test.each(HEADERS)('an answer that is written in one go says what one written piece by piece says: %s', (header) => {
  expect(answerTo(header)).toBe(answeredByPieces(header));
});

test('two answers of one second have control ids of their own, of twenty signs', () => {
  const message = readHl7(Buffer.from(HEADERS[0] ?? ''));
  const ids = Array.from({ length: 1_500 }, () => readHl7(buildAck(message, { code: 'AA' })).controlId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[0-9A-F]{20}$/.test(id))).toBe(true);
});
