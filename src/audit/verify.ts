/** Goes through a chain, from the database or from an export, and names the first thing in it that is not as it was written. */
import { hashOf, letGoBytes } from './chain.ts';
import { areSignedBy, isSignedBy, kidOf } from './keys.ts';
import type { AuditLine } from './lines.ts';

/**
 * changed   the record is not the one that was given this place, or the places were exchanged
 * missing   the record of this place is gone, or the place
 * unsigned  no head covers it, or one that did is gone
 * forged    a head says something else, or was not signed by the hub
 * cut       the chain once went further
 * stray     a record that was never given a place, and waits for none
 */
export type AuditFaultKind = 'changed' | 'missing' | 'unsigned' | 'forged' | 'cut' | 'stray';

export interface AuditFault {
  readonly kind: AuditFaultKind;
  /** The first bad place; null: it has none. */
  readonly sequence: number | null;
  readonly recordId: string | null;
  readonly detail: string;
}

export interface AuditVerdict {
  readonly organizationId: string;
  /** The last place that is sound. */
  readonly sequence: number;
  readonly hash: string;
  /** Of the last head that is sound: when it was signed, and by which key. */
  readonly signedAt: string | null;
  readonly kid: string | null;
  /** Wait for their places, the oldest for so long. */
  readonly waiting: number;
  readonly waitingSeconds: number;
  /** Records up to this place may be gone, those from before that time: they were kept long enough. Null: none may. */
  readonly letGo: { readonly sequence: number; readonly before: string } | null;
  /** Null: all is as it was written. */
  readonly fault: AuditFault | null;
}

/** A head as somebody has kept it elsewhere. */
export interface KnownHead {
  readonly organizationId: string;
  readonly sequence: number;
  readonly hash: string;
}

type RecordLine = Extract<AuditLine, { readonly type: 'record' }>;
type HeadLine = Extract<AuditLine, { readonly type: 'head' }>;
type LetGoLine = Extract<AuditLine, { readonly type: 'let-go' }>;

/** `kids`: of keys that are trusted; undefined: any that the lines bring. */
export async function verifyAudit(
  lines: AsyncIterable<AuditLine>,
  { known = [], kids }: { readonly known?: readonly KnownHead[]; readonly kids?: ReadonlySet<string> } = {},
): Promise<readonly AuditVerdict[]> {
  const walks = new Map<string, Walk>();
  const keys = new Map<string, Buffer>();
  let walk: Walk | undefined;
  for await (const line of lines) {
    if (line.type === 'key') {
      const publicKey = Buffer.from(line.publicKey, 'base64url');
      if (kidOf(publicKey) === line.kid && (kids?.has(line.kid) ?? true)) keys.set(line.kid, publicKey);
    } else if (line.type === 'begin') {
      walk = walks.get(line.organizationId);
      if (walk) walk.goOn(line);
      else walks.set(line.organizationId, (walk = new Walk(line, keys, ofOrganization(known, line.organizationId))));
    } else walk?.take(line);
  }
  const lost = [...new Set(known.map((each) => each.organizationId))].filter((id) => !walks.has(id));
  return [
    ...[...walks.values()].map((each) => each.end()),
    ...lost.map((organizationId) =>
      new Walk({ organizationId, sequence: 0, hash: '' }, keys, ofOrganization(known, organizationId)).end(),
    ),
  ];
}

const ofOrganization = (known: readonly KnownHead[], id: string): readonly KnownHead[] =>
  known.filter(({ organizationId }) => organizationId === id);

/** By place: a log names thousands of heads, and each record asks for its own. */
interface Knowns {
  /** Of the last place that is known; 0: none is. */
  readonly newest: number;
  /** More than one where those who kept them do not agree. */
  readonly hashes: ReadonlyMap<number, readonly string[]>;
}

function knownsOf(known: readonly KnownHead[]): Knowns {
  const hashes = new Map<number, string[]>();
  let newest = 0;
  for (const { sequence, hash } of known) {
    newest = Math.max(newest, sequence);
    const here = hashes.get(sequence);
    if (!here) hashes.set(sequence, [hash]);
    else if (!here.includes(hash)) here.push(hash);
  }
  return { newest, hashes };
}

/** Of one organization. */
class Walk {
  readonly #organizationId: string;
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #known: Knowns;
  readonly #begin: number;
  #sequence: number;
  #hash: string;
  #recordId: string | null = null;
  #head: HeadLine | undefined;
  #headSequence: number;
  #letGo: LetGoLine | undefined;
  #waiting = { count: 0, oldestSeconds: 0 };
  #fault: AuditFault | null = null;

  constructor(
    begin: { readonly organizationId: string; readonly sequence: number; readonly hash: string },
    keys: ReadonlyMap<string, Buffer>,
    known: readonly KnownHead[],
  ) {
    this.#organizationId = begin.organizationId;
    this.#begin = begin.sequence;
    this.#sequence = begin.sequence;
    this.#hash = begin.hash;
    this.#headSequence = begin.sequence;
    this.#keys = keys;
    this.#known = knownsOf(known);
  }

  take(line: Exclude<AuditLine, { readonly type: 'key' | 'begin' }>): void {
    if (line.type === 'waiting') this.#waiting = line;
    if (this.#fault) return;
    if (line.type === 'record') this.#takeRecord(line);
    if (line.type === 'head') this.#takeHead(line);
    if (line.type === 'let-go') this.#takeLetGo(line);
    if (line.type === 'stray') {
      const detail = line.isGone
        ? 'a record that was to be given a place is gone'
        : 'this record was never given a place in the chain, and waits for none';
      this.#fail(line.isGone ? 'missing' : 'stray', null, line.recordId, detail);
    }
  }

  /** Another part of the same chain. */
  goOn({ sequence, hash }: { readonly sequence: number; readonly hash: string }): void {
    if (this.#fault || (sequence === this.#sequence && hash === this.#hash)) return;
    const next = this.#sequence + 1;
    this.#fail('missing', next, null, `the next part begins after ${sequence}, and not after ${this.#sequence}`);
  }

  end(): AuditVerdict {
    const { newest } = this.#known;
    if (newest > this.#sequence)
      this.#fail('cut', this.#sequence + 1, null, `the chain ends here, and once had ${newest} records`);
    if (this.#headSequence < this.#sequence)
      this.#fail('unsigned', this.#headSequence + 1, null, 'no signed head covers it: one is gone, or it was added');
    return {
      organizationId: this.#organizationId,
      sequence: this.#sequence,
      hash: this.#hash,
      signedAt: this.#head?.signedAt ?? null,
      kid: this.#head?.kid ?? null,
      waiting: this.#waiting.count,
      waitingSeconds: this.#waiting.oldestSeconds,
      letGo: this.#letGo ? { sequence: this.#letGo.sequence, before: this.#letGo.before } : null,
      fault: this.#fault,
    };
  }

  #takeLetGo(letGo: LetGoLine): void {
    const key = this.#keys.get(letGo.kid);
    if (!key || letGo.organizationId !== this.#organizationId || !areSignedBy(key, letGoBytes(letGo), letGo.signature))
      return this.#fail(
        'forged',
        letGo.sequence,
        null,
        'that records up to here may be gone was not signed by this hub',
      );
    this.#letGo = letGo;
  }

  #takeRecord({ sequence, hash, recordId, record }: RecordLine): void {
    const next = this.#sequence + 1;
    if (sequence !== next) return this.#fail('missing', next, null, `after ${this.#sequence} comes ${sequence}`);
    const letGo = this.#letGo;
    if (!record && sequence > (letGo?.sequence ?? 0))
      return this.#fail('missing', sequence, recordId, 'the record of this place is gone');
    if (sequence === letGo?.sequence && hash !== letGo.hash)
      return this.#fail('forged', sequence, recordId, `its hash was ${letGo.hash} when records up to here were let go`);
    const place = { organizationId: this.#organizationId, sequence, previousHash: this.#hash };
    if (record && (record.id !== recordId || hashOf(place, record) !== hash)) {
      const detail = 'its content, its place, its hash or the hash before it is another than when it was sealed';
      return this.#fail('changed', sequence, recordId, detail);
    }
    this.#sequence = sequence;
    this.#hash = hash;
    this.#recordId = recordId;
    const other = this.#known.hashes.get(sequence)?.find((each) => each !== hash);
    if (other !== undefined) this.#fail('forged', sequence, recordId, `the hash of this place was ${other} once`);
  }

  #takeHead(head: HeadLine): void {
    const { sequence, hash, kid } = head;
    if (sequence > this.#sequence)
      return this.#fail(
        'cut',
        this.#sequence + 1,
        null,
        `the chain ends here, and a signed head says ${sequence} records`,
      );
    if (sequence !== this.#sequence || hash !== this.#hash)
      return this.#fail('forged', sequence, this.#recordId, 'the head of this place says another hash');
    const key = this.#keys.get(kid);
    if (!key)
      return this.#fail(
        'forged',
        sequence,
        this.#recordId,
        `the head is signed by ${kid}, which is no key of this hub`,
      );
    if (!isSignedBy(key, head))
      return this.#fail('forged', sequence, this.#recordId, 'the signature of the head is wrong');
    const isFirstOfPart = this.#head === undefined && this.#begin > 0;
    if (head.previousSequence !== this.#headSequence && !(isFirstOfPart && head.previousSequence <= this.#begin)) {
      const first = Math.min(head.previousSequence, this.#headSequence) + 1;
      return this.#fail(
        'unsigned',
        first,
        null,
        `the head of ${sequence} follows one of ${head.previousSequence}, which is gone`,
      );
    }
    this.#head = head;
    this.#headSequence = sequence;
  }

  #fail(kind: AuditFaultKind, sequence: number | null, recordId: string | null, detail: string): void {
    this.#fault ??= { kind, sequence, recordId, detail };
  }
}
