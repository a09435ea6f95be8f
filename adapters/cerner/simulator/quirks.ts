/** The quirks of this vendor; its README lists them by these numbers. What is on by default is documented behaviour. */
import type { QuirkDeclaration } from '#adapter-kit/simulator';

export const QUIRKS: readonly QuirkDeclaration[] = [
  {
    id: 'O1',
    description: '409 for a stale If-Match, 412 for a missing one; off: 412 and 428, as HTTP has it',
    default: true,
  },
  {
    id: 'O2',
    description:
      'changes of an appointment meet a record in use (423), or a dependency that failed (424) before or after',
    default: false,
    forms: ['locked', 'dependency-before', 'dependency-after'],
  },
  {
    id: 'O3',
    description: 'creates and changes answer without a body; gzip: with 20 bytes that unpack to nothing',
    default: true,
    forms: ['gzip'],
  },
  {
    id: 'O4',
    description: '422 business-rule for a taken slot and for unsupported content alike; off: 422 conflict for the slot',
    default: true,
  },
  { id: 'O5', description: 'a token lives 570 s; narrow: it grants reading only', default: true, forms: ['narrow'] },
  {
    id: 'O6',
    description:
      'opaque next links, no total, the last key of a page again on the next; expires: the first link is dead',
    default: true,
    forms: ['expires'],
  },
  { id: 'O7', description: 'a booking makes the slot right after it busy', default: false },
  { id: 'O8', description: 'versions that are no numbers: 410v79, and 2-1 for video visits', default: true },
  {
    id: 'O9',
    description: 'a stored record lacks a required element: 500 for every search that meets it',
    default: false,
    forms: ['appointments', 'slots'],
  },
  { id: 'O10', description: 'some 400 and 403 are text/plain; off: an OperationOutcome', default: true },
  {
    id: 'O11',
    description: '429 for everything but the token, without Retry-After (none), with seconds, or with a date',
    default: false,
    forms: ['none', 'seconds', 'date'],
  },
  { id: 'O12', description: 'a search shows booked slots as free; a read by id tells the truth', default: false },
  { id: 'O13', description: 'the merged patient is inactive, and in no search', default: true },
  { id: 'O14', description: 'a held slot stays held; off: it is given back after a minute', default: true },
  { id: 'O15', description: '409 for any change of a video visit, whatever the version', default: false },
  { id: 'O16', description: 'writes are committed, then answered with 502', default: false },
  { id: 'O17', description: 'a date search also finds what ends in that time', default: true },
];
