/** Samples of which the hub makes something else than the corpus expects, each with the reason. Held to it by the samples tests. */

export interface Disagreement {
  readonly file: string;
  /** What the manifest of the corpus says. */
  readonly expects: string;
  /** What the hub makes of it. */
  readonly comes: string;
  readonly why: string;
}

/** `comes` of a sample that is no answer to anything that the hub asks. */
export const NOT_ASKED = 'not asked';

const deleted = (file: string): Disagreement => ({
  file: `hl7v2/${file}.hl7`,
  expects: 'appointment-deleted',
  comes: 'cancelled',
  why: 'S17 is "entered in error" (vendors.md 5.1); an appointment of the hub is booked or over, and its time is free again in both cases: it has no state that says why',
});

const bareAck = (file: string): Disagreement => ({
  file: `hl7v2/authored/${file}.hl7`,
  expects: 'success',
  comes: 'unknown',
  why: 'it says AA and no key of an appointment (vendors.md 5.1 answers SRM by SRR with SCH): played as the answer to a booking it proves nothing that could be cancelled later, so the feed or a look-up settles it',
});

export const DISAGREEMENTS: readonly Disagreement[] = [
  {
    file: 'epic/interconnect-provider-schedule-200.http.json',
    expects: 'success',
    comes: NOT_ASKED,
    why: 'slots come from $find (vendors.md 2.4); GETPROVIDERSCHEDULE is for sites without it, which the adapter does not serve',
  },
  {
    file: 'epic/interconnect-schedule-200.http.json',
    expects: 'success',
    comes: NOT_ASKED,
    why: 'bookings go by $book (vendors.md 2.5); ScheduleWithInsurance is for sites without it, which the adapter does not serve',
  },
  {
    file: 'oracle/bundle-422-batch.http.json',
    expects: 'unsupported',
    comes: 'invalid',
    why: 'vendors.md 3.7 gives 422 to refused batches and to refused content alike, and 9.2 makes "422 and the slot still free" invalid; the hub sends no batch, so that nobody else could get this answer',
  },
  bareAck('ack-aa'),
  bareAck('ack-bare-msa-lf'),
  {
    file: 'hl7v2/authored/ack-ca-commit.hl7',
    expects: 'accepted-not-processed',
    comes: 'unknown',
    why: 'vendors.md 9.2 calls it "pending"; the hub has one word for every write whose end is not known, with the reason awaiting-application-ack, and handles both alike: wait, look, never send again',
  },
  {
    file: 'hl7v2/authored/siu-dst-ambiguous-local.hl7',
    expects: 'appointment-created, flagged',
    comes: 'booked',
    why: 'the first occurrence is taken, as vendors.md 5.2 wants; a notice has no member for the flag that it also wants',
  },
  deleted('authored/siu-s17-delete'),
  deleted('third-party/ms-SIU-S17-01'),
  deleted('third-party/ms-SIU-S17-02'),
  {
    file: 'bars/501-REC_NOT_IMPLEMENTED-not-supported-operationoutcome.json',
    expects: 'unsupported',
    comes: 'uncategorised',
    why: 'no HIS with an adapter answers 501 (vendors.md 2.7, 3.7): what a vendor’s table does not list is uncategorised, never a success; the adapter of a BaRS receiver would list it',
  },
  {
    file: 'standards/argonaut-book-200-cancelled.http.json',
    expects: 'conflict',
    comes: 'unknown',
    why: 'no HIS with an adapter refuses so (vendors.md 4.2): an appointment that is not booked is no proof of anything, and the look-up finds the slot taken',
  },
  {
    file: 'standards/argonaut-hold-200-pending.http.json',
    expects: 'success',
    comes: 'unknown',
    why: 'no HIS with an adapter holds by $hold (vendors.md 4.2); a hold without the new version of the slot is not taken for one',
  },
  {
    file: 'standards/ihe-book-200-outcome-only.http.json',
    expects: 'conflict',
    comes: 'unknown',
    why: 'no HIS with an adapter speaks IHE (vendors.md 4.3), so its issue codes are in no table: a Bundle without a booked appointment is no booking, and the look-up finds the slot taken',
  },
];

/** What a sample is to come to: the word of the disagreement on it, or else what the corpus expects. */
export function wantedOf(file: string, expected: string): string {
  return DISAGREEMENTS.find((each) => each.file === file)?.comes ?? expected;
}

/** The samples below `directory` of questions that are not asked. */
export const notAskedIn = (directory: string): readonly string[] =>
  DISAGREEMENTS.filter(({ file, comes }) => comes === NOT_ASKED && file.startsWith(`${directory}/`)).map(
    ({ file }) => file,
  );
