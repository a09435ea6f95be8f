/** Names that messages mention again and again: what is in the database already need not be kept once more. */
import type { Notice } from '../adapter-kit/index.ts';

type Mention = Extract<Notice, { kind: 'location' | 'provider' }>;

/** A hospital has hundreds; at this many something makes names up, and forgetting them only costs time. */
const NAMES_MAX = 50_000;

export class KnownNames {
  readonly #names = new Set<string>();

  /** Without what is mentioned in passing and known, or among `before`, to which the others are added. */
  news(connectionId: string, notices: readonly Notice[], before: Set<string>): Notice[] {
    return notices.filter((notice) => {
      if (!isMention(notice)) return true;
      const name = nameOf(connectionId, notice);
      if (this.#names.has(name) || before.has(name)) return false;
      before.add(name);
      return true;
    });
  }

  /** Call when the notices have been committed. */
  remember(connectionId: string, notices: readonly Notice[]): void {
    if (this.#names.size > NAMES_MAX) this.#names.clear();
    for (const notice of notices) if (isMention(notice)) this.#names.add(nameOf(connectionId, notice));
  }
}

const isMention = (notice: Notice): notice is Mention =>
  (notice.kind === 'location' || notice.kind === 'provider') && notice.mentioned === true;

function nameOf(connectionId: string, notice: Mention): string {
  if (notice.kind === 'location') return `${connectionId}/location/${notice.location.externalId}`;
  const { externalId, locationExternalIds = [] } = notice.provider;
  return `${connectionId}/provider/${externalId}/${locationExternalIds.join('/')}`;
}
