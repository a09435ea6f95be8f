/**
 * Cuts one connection's bytes into messages: 0x0B message 0x1C 0x0D. One framer per connection, never shared.
 * Tolerates what senders really do: any chunking, several frames in one write, line ends and garbage between frames, a missing
 * final 0x0D, 0x1C and 0x0B inside a message, a message given up half-way and begun again.
 */

const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;
const LF = 0x0a;

/** `dropped` bytes are never processed: what was no frame, a message given up half-way, one above the limit. */
export type Frame =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'dropped'; readonly why: 'garbage' | 'half-message' | 'too-large'; readonly byteCount: number };

/** The bytes to write for one message. */
export function frameOf(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(message.byteLength + 3);
  frame[0] = VT;
  frame.set(message, 1);
  frame[frame.length - 2] = FS;
  frame[frame.length - 1] = CR;
  return frame;
}

export const FRAME_BYTES_MAX = 1024 * 1024;
/** A message that ends with 0x1C alone is taken as complete after this silence. */
export const END_WAIT_MS = 500;
const CAPACITY_MIN = 4096;
/** What is kept between messages of one connection at most. */
const CAPACITY_KEPT = 65_536;
/** A 0x0B within a message begins a new one only if this follows; else it is text, pasted from a word processor for instance. */
const BEGINNINGS = new Set(['MSH', 'FHS', 'BHS', '\u00ef\u00bb\u00bf']);
const BEGINNING_LENGTH = 3;

export class MllpFramer {
  readonly #bytesMax: number;
  /** The message so far, in the first `#length` bytes. */
  #held = Buffer.alloc(0);
  #length = 0;
  #inside = false;
  /** What is inside was dropped already: read over its rest. */
  #skipping = false;
  /** Where the newest 0x0B inside stands, while what follows it has not told its meaning. */
  #tabAt = -1;
  #garbage = 0;

  /** bytesMax: of one message, 1 MiB unless said. */
  constructor(bytesMax: number = FRAME_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** True when a message has begun and not ended. */
  get inside(): boolean {
    return this.#inside;
  }

  /** Bytes since the last message that belong to none, line ends not counted. */
  get garbageBytes(): number {
    return this.#garbage;
  }

  /** True when only the 0x0D after 0x1C is missing: after some silence `flush` takes the message as complete. */
  get awaitsEnd(): boolean {
    return this.#inside && this.#endsWithSeparator();
  }

  /** Everything that `chunk` completes, in order; how the bytes were chunked makes no difference. Keeps no reference to `chunk`. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? CR;
      if (this.#inside) this.#read(byte, frames);
      else if (byte === VT) at = this.#takeWhole(bytes, at, frames) ?? this.#begin(frames, at);
      else if (byte !== CR && byte !== LF) this.#garbage++;
    }
    return frames;
  }

  /** Nearly every message arrives in one piece and without a doubt. Returns where it ends; undefined: it is to be read byte by byte. */
  #takeWhole(bytes: Buffer, start: number, frames: Frame[]): number | undefined {
    const end = bytes.indexOf(FS, start + 1);
    const length = end - start - 1;
    if (length <= 0 || length > this.#bytesMax || bytes[end + 1] !== CR) return undefined;
    const message = bytes.subarray(start + 1, end);
    if (message.includes(VT)) return undefined;
    this.#drop(frames, 'garbage', this.#garbage);
    this.#garbage = 0;
    frames.push({ kind: 'message', bytes: Buffer.from(message) });
    return end + 1;
  }

  /** Takes a message that lacks only its 0x0D as complete; does nothing when there is none. */
  flush(): Frame[] {
    const frames: Frame[] = [];
    if (this.awaitsEnd) this.#complete(frames);
    return frames;
  }

  /** The connection has ended: what `flush` says, and what else is left over. */
  end(): Frame[] {
    const frames = this.flush();
    if (this.#inside) this.#drop(frames, 'half-message', this.#length);
    this.#drop(frames, 'garbage', this.#garbage);
    this.#inside = false;
    this.#garbage = 0;
    return frames;
  }

  /** Returns `at`. */
  #begin(frames: Frame[], at: number): number {
    this.#drop(frames, 'garbage', this.#garbage);
    this.#garbage = 0;
    this.#inside = true;
    this.#skipping = false;
    this.#length = 0;
    this.#tabAt = -1;
    return at;
  }

  #read(byte: number, frames: Frame[]): void {
    if (byte === CR && this.#endsWithSeparator()) return this.#complete(frames);
    if (byte === VT && this.#endsWithSeparator()) {
      this.#complete(frames);
      this.#begin(frames, 0);
      return;
    }
    if (this.#length > this.#bytesMax || (this.#length === this.#bytesMax && byte !== FS)) {
      if (!this.#skipping) this.#drop(frames, 'too-large', this.#length);
      this.#skipping = true;
      this.#length = 0;
      this.#tabAt = -1;
    }
    if (byte === VT) this.#tabAt = this.#length;
    this.#hold(byte);
    if (this.#tabAt >= 0 && this.#length === this.#tabAt + 1 + BEGINNING_LENGTH) this.#judgeTab(frames);
  }

  /** The 0x0B that was held: the beginning of another message, or text. */
  #judgeTab(frames: Frame[]): void {
    const rest = this.#held.subarray(this.#tabAt + 1, this.#length);
    if (BEGINNINGS.has(rest.toString('latin1'))) {
      if (!this.#skipping) this.#drop(frames, 'half-message', this.#tabAt);
      this.#held.copyWithin(0, this.#tabAt + 1, this.#length);
      this.#length = BEGINNING_LENGTH;
      this.#skipping = false;
    }
    this.#tabAt = -1;
  }

  #complete(frames: Frame[]): void {
    this.#length--;
    if (this.#tabAt >= 0 && this.#length === this.#tabAt + 1) {
      // Half a message, then an empty frame.
      this.#drop(frames, 'half-message', this.#tabAt);
      this.#length = 0;
    }
    // An empty frame says nothing and is answered by nothing.
    if (!this.#skipping && this.#length > 0) {
      frames.push({ kind: 'message', bytes: Buffer.from(this.#held.subarray(0, this.#length)) });
    }
    this.#inside = false;
    this.#length = 0;
    if (this.#held.length > CAPACITY_KEPT) this.#held = Buffer.alloc(0);
  }

  #endsWithSeparator(): boolean {
    return this.#length > 0 && this.#held[this.#length - 1] === FS;
  }

  #hold(byte: number): void {
    if (this.#length === this.#held.length) {
      const larger = Buffer.alloc(Math.max(CAPACITY_MIN, this.#length * 2));
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    this.#held[this.#length++] = byte;
  }

  #drop(frames: Frame[], why: 'garbage' | 'half-message' | 'too-large', byteCount: number): void {
    if (byteCount > 0) frames.push({ kind: 'dropped', why, byteCount });
  }
}
