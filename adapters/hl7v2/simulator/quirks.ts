/** How real senders and receivers of HL7 v2 differ from the standard; ids as in the list of quirks in README.md. */
import type { QuirkDeclaration } from '#adapter-kit/simulator';
import { MERGE_FORMS } from './merges.ts';

const off = { default: false } as const;

export const QUIRKS: readonly QuirkDeclaration[] = [
  {
    id: 'H1',
    description: 'constant-placer: SCH-1 is always 1; placer-only: the key stands in SCH-1, SCH-2 is empty',
    forms: ['constant-placer', 'placer-only'],
    ...off,
  },
  {
    id: 'H2',
    description: 'SCH-25 is free text, or contradicts the trigger',
    forms: ['free-text', 'contradicts'],
    ...off,
  },
  {
    id: 'H3',
    description: 'SCH-6, 16 and 20 are empty; the time has no end, or stands in TQ1 or AIS only',
    forms: ['no-end', 'tq1', 'ais-only'],
    ...off,
  },
  { id: 'H4', description: 'MSH-9.3 is missing, or wrong; the version says 2.3', forms: ['missing', 'wrong'], ...off },
  {
    id: 'H5',
    description: 'notices come twice, with one control id for all, or the cancellation before the change',
    forms: ['twice', 'one-control-id', 'out-of-order'],
    ...off,
  },
  {
    id: 'H6',
    description: 'refusals without ERR, or as AR; answers with another MSA-2 first, or none',
    forms: ['text-only', 'ar', 'wrong-id-first', 'no-answer'],
    ...off,
  },
  { id: 'H7', description: 'CA at once; the application answer comes on the connection of the feed', ...off },
  {
    id: 'H8',
    description: 'frames byte by byte, without the last 0x0D, with LF or garbage between them',
    forms: ['bytewise', 'no-end', 'line-feed', 'garbage'],
    ...off,
  },
  { id: 'H9', description: 'ISO 8859-1, declared or passed off as ASCII', forms: ['declared', 'undeclared'], ...off },
  {
    id: 'H10',
    description:
      'whoever is registered is merged with somebody (A40): several keys at once, several people at once, twice in a row, into a patient never told of, or taken back (A37)',
    forms: MERGE_FORMS,
    ...off,
  },
  { id: 'H11', description: 'Z segments, deleted values, many empty fields, a long note', ...off },
  { id: 'H12', description: 'S23 and S24 name no patient; off: they carry an empty PID', default: true },
  { id: 'H13', description: 'the connection is dropped after each answer', ...off },
];
