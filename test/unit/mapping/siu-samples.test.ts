/** The SIU messages of the corpus, by the shipped mapping: what its manifest says must be found in them. */
import { describe, expect, test } from '@jest/globals';
import { dtmInstant, parseDtm, readHl7 } from '#adapter-kit';
import { mappingLibrary } from '../../support/call.ts';
import { openCorpus } from '../../support/samples.ts';

const corpus = openCorpus('hl7v2');
const entries = (corpus?.entries ?? []).filter(({ expect: wanted }) => wanted['message'] === 'SIU');

type Heard = Readonly<Record<string, unknown>>;

const heardIn = (file: string): Heard => {
  const tree = readHl7(corpus?.bytes(file) ?? Buffer.of()).toTree();
  return { ...Object(mappingLibrary().for('hl7v2')?.apply('heard', tree)) };
};

const wall = (text: unknown, length: number): string | undefined => {
  const dtm = parseDtm(String(text));
  const found = dtm && dtmInstant({ ...dtm, offsetMinutes: 0 }, undefined);
  return found?.kind === 'instant' ? new Date(found.epochMs).toISOString().slice(0, length) : undefined;
};

/** The corpus's words, in what the mapping makes. */
const WORDS: Readonly<Record<string, (heard: Heard) => unknown>> = {
  placerId: ({ placerId }) => placerId,
  // Where the sender gives no key of its own, the mapping takes the placer's.
  fillerId: ({ externalId, placerId }) => (externalId === placerId ? null : externalId),
  csn: ({ externalId }) => externalId,
  start: ({ start }) => wall(start, 19),
  end: ({ end }) => wall(end, 19),
  startLocal: ({ start }) => wall(start, 16),
  durationMinutes: ({ duration }) => Number(duration),
};

/** What no appointment of the hub's has a place for, or another reader reads. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  reason: 'a change keeps the reason that the appointment was booked for',
  visitId: 'PV1-19 is a visit: it does not exist before the patient comes',
  given: 'a patient is known by key; the codec’s reading of the name is tested in test/conformance',
  family: 'as given',
  familyParts: 'as given',
  resource: 'AIG is asked for its key; its name is the provider’s own matter',
};

(corpus ? describe : describe.skip)('every SIU sample', () => {
  test('is held to words that are known', () => {
    const words = new Set(entries.flatMap(({ expect: wanted }) => Object.keys({ ...Object(wanted['extract']) })));
    expect([...words].filter((word) => !(word in WORDS) && !(word in ELSEWHERE))).toEqual([]);
    expect(entries.length).toBeGreaterThanOrEqual(25);
  });

  test.each(entries)('$file becomes the appointment that the manifest says', ({ file, expect: wanted }) => {
    if (wanted['parse'] === 'reject') return;
    const heard = heardIn(file);
    const extract: Heard = { ...Object(wanted['extract']) };
    const here = Object.entries(extract).filter(([word]) => word in WORDS);
    expect(here.map(([word]) => [word, WORDS[word]?.(heard)])).toEqual(here);
    // S23 and S24 are about time, not about an appointment. The trigger says what became of it; SCH-25 often does not.
    if (String(wanted['action']).startsWith('appointment')) {
      expect(heard).toMatchObject({ externalId: expect.stringMatching(/./) });
    }
  });
});
