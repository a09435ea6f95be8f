/**
 * What adapters/<vendor>/conformance.ts exports: the rows of the vendor's table of answers. The conformance suite plays each one
 * over a real socket, in place of the simulator's own answer, and compares what the hub then makes of it.
 */
export interface PlayedAnswer {
  /** What the vendor says, and where, e.g. `59144 on $book`. */
  readonly signal: string;
  readonly during: 'book' | 'cancel' | 'reschedule' | 'lookup' | 'find-slots' | 'match-patient';
  /** Which requests of that operation get the answer. Default: the writes of book, cancel and reschedule, the reads of the others. */
  readonly instead?: 'write' | 'read' | 'credentials' | 'any';
  /** Or what makes it of the request; undefined: this request is left to the simulator. */
  readonly answer: VendorReply | ((asked: PlayedRequest) => VendorReply | undefined);
  /** Of the one call, in ms, where the answer that the adapter waits for never comes. Default: the suite's own. */
  readonly deadlineMs?: number;
  /**
   * What the hub makes of it: `success`, or the class and reason of the refusal (`conflict slot-taken`); of a look-up its
   * finding (`found`, `inconclusive <reason>`); of a search `done` when it ends well.
   */
  readonly means: string;
}

export interface PlayedRequest {
  readonly method: string;
  /** With its query; empty where the vendor does not speak HTTP. */
  readonly path: string;
  readonly body: string;
}

/** `silence`: the request is taken, and nothing is said; `cut`: the connection ends instead of an answer. */
export type VendorReply = VendorWords | 'silence' | 'cut';

export interface VendorWords {
  /** Default 200; means nothing where the vendor does not speak HTTP. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
