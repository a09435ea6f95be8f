/** The client's journal: what it asked for one appointment, what it was answered, and what it saw afterwards. */

export interface Answer {
  /** When it came, and what was asked: ms since the epoch, method, idempotency key. */
  readonly at: number;
  readonly method: string;
  readonly key: string;
  readonly status: number;
}

/** What a read of the appointment showed; `at`: when its answer came. */
export interface Sighting {
  readonly at: number;
  readonly status: string;
  readonly version: number;
}

export interface AppointmentBody {
  readonly id: string;
  readonly status: string;
  readonly slotId: string;
  readonly externalId: string | null;
  readonly version: number;
  readonly pendingChange?: object;
  readonly transactions: readonly { readonly id: string; readonly kind: string; readonly state: string }[];
}

export interface Story {
  readonly connection: string;
  readonly answers: Answer[];
  readonly sightings: Sighting[];
  /** Known from the first 201 or 202 on. */
  appointmentId?: string;
  /** As the last read or answer showed them. */
  transactionIds: readonly string[];
}

export const newStory = (connection: string): Story => ({
  connection,
  answers: [],
  sightings: [],
  transactionIds: [],
});

/** Everything that clients of one cluster were told, and what they were told wrongly. */
export class Journal {
  readonly stories: Story[] = [];
  /** Requests that were answered. */
  operations = 0;
  /** Answers that no client should get: problem type, route and status; no body. */
  readonly unexpected: string[] = [];
  /** Answers other than the patient's own data that held a patient's data. */
  leaks = 0;

  begin(connection: string): Story {
    const story = newStory(connection);
    this.stories.push(story);
    return story;
  }
}
