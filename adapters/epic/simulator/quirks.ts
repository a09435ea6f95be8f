/** The quirks of this vendor; its README lists them by these numbers. What is on by default was documented, or seen in production. */
import type { QuirkDeclaration } from '#adapter-kit/simulator';

export const QUIRKS: readonly QuirkDeclaration[] = [
  {
    id: 'E1',
    description:
      '$find gives other ids in every answer, slot ids stay; a token dies after five minutes, with the next $find of that patient, or (expired) the first one used for a slot has died; off: the same ids always',
    default: true,
    forms: ['dies-at-next-find', 'expired'],
  },
  {
    id: 'E2',
    description: 'every searchset has an outcome entry among its results: in front (total without it), or total is 0',
    default: false,
    forms: ['first', 'total-0'],
  },
  {
    id: 'E3',
    description:
      '59200 (no visit type) comes with status 200; always: the decision tree finds none for anything; off: 400',
    default: true,
    forms: ['always'],
  },
  {
    id: 'E4',
    description:
      'unknown parameters are ignored with 59109 or 4122; needed: some that matter are, too; unsaid: those of an appointment search without a word; off: refused with 4100',
    default: true,
    forms: ['needed', 'unsaid'],
  },
  {
    id: 'E5',
    description: 'XML where Accept does not ask for JSON; always: whatever it asks for; book: the answer of $book only',
    default: true,
    forms: ['always', 'book'],
  },
  {
    id: 'E6',
    description:
      'a refused assertion is invalid_client without a description, with 400 or 401; once: the next one is refused for nothing; unsynchronised: every one is; off: the description says why',
    default: true,
    forms: ['401', 'once', 'unsynchronised'],
  },
  {
    id: 'E7',
    description:
      'a token has scopes that nobody asked for; book: 403 for $book, which was added to the app just now; all: for every call',
    default: true,
    forms: ['book', 'all'],
  },
  {
    id: 'E8',
    description:
      'whoever names the merged patient is redirected to the survivor, with 4107; off: the two are two patients',
    default: true,
  },
  {
    id: 'E9',
    description:
      'the next page of $find is a POST of the same body to a link of a session; expires: the first link that is followed is dead (4113); off: one page',
    default: true,
    forms: ['expires'],
  },
  {
    id: 'E10',
    description: 'every fiftieth call is reset, before (also: true) or after it was processed',
    default: false,
    forms: ['before', 'after'],
  },
  {
    id: 'E11',
    description:
      'the services refuse with 400 and an ASP.NET exception; stack-traces: with stack trace and inner exception; lists: as a list of detail codes; off: a plain text',
    default: true,
    forms: ['stack-traces', 'lists'],
  },
  {
    id: 'E12',
    description:
      'padded ids, a leading blank in times, numbers as text; blank: the empty text for null, too; off: tidy values',
    default: true,
    forms: ['blank'],
  },
  {
    id: 'E13',
    description: 'time taken out of service runs on over the next slot, which $find still offers',
    default: false,
  },
  {
    id: 'E14',
    description: 'a gateway answers everything with 503 or 429 in HTML, or 429 in JSON; slow: an answer takes 30 s',
    default: false,
    forms: ['503', '429', '429-json', 'slow'],
  },
  {
    id: 'E15',
    description: '4119: searches leave something out, and say so; 4130: the record of a patient is behind the glass',
    default: false,
    forms: ['4119', '4130'],
  },
  { id: 'E16', description: 'two patients of the same name and date of birth; off: one of them', default: true },
  {
    id: 'E17',
    description:
      'what was booked less than three seconds ago is in no search; services: nor in that of the services; off: at once',
    default: false,
    forms: ['services'],
  },
];
