/** SIU^S12 messages, made before the clock runs: an appointment of its own each, of about 900 bytes. */

/** Made before a round begins; at more than these per second it ends earlier. */
const MADE_PER_ROUND = 48_000;
const PROVIDERS = 200;

/** Of one sender, in their order. */
export class SiuMessages {
  readonly #name: string;
  #made: Buffer[] = [];
  #at = 0;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** What is left of the last round is the first of the next. */
  make(): void {
    this.#made = this.#made.slice(this.#at);
    this.#at = 0;
    while (this.#made.length < MADE_PER_ROUND) this.#made.push(siu(this.#name, (this.#count += 1)));
  }

  readonly next = (): Buffer | undefined => this.#made[this.#at++];
}

/** Framed. New; later in the same stream moved or cancelled by nobody. */
export function siu(name: string, nth: number): Buffer {
  const provider = nth % PROVIDERS;
  const start = new Date(Date.UTC(2030, 0, 1) + Math.floor(nth / PROVIDERS) * 1_800_000);
  const at = stamp(new Date(Date.UTC(2027, 0, 1) + nth * 1_000));
  const [from, to] = [stamp(start), stamp(new Date(start.getTime() + 1_800_000))];
  return Buffer.from(
    `\u000bMSH|^~\\&|${name}|${name}|TESSERA|TESSERA|${at}||SIU^S12^SIU_S12|${name}-${nth}|P|2.5.1|||||DEU|UNICODE UTF-8\r` +
      `SCH|P-${nth}|${name}-A${nth}||||ROUTINE^Routine appointment^HL70276|CHECKUP^Annual check-up^L|NORMAL^Normal^HL70277|30|min^minutes^UCUM|^^30^${from}^${to}|||||DESK^Front^Desk|^WPN^PH^^^030^5550100||||DESK^Front^Desk||||BOOKED^Booked^HL70278\r` +
      `PID|1||${10_000_000 + nth}^^^${name}^MR||Testperson^Erika^Maria||19800229|F|||Hauptstrasse 17^^Berlin^^10115^DE||030 5550111^PRN^PH\r` +
      `PV1|1|O|AMB${provider % 10}^^^${name}||||D${provider}^Provider^Pat\r` +
      `RGS|1|A\rAIS|1|A|OFFICE^Office visit^L|${from}|||30|min\r` +
      `AIP|1|A|D${provider}^Provider^Pat^^^Dr.|ATND^Attending||${from}\rAIL|1|A|AMB${provider % 10}^^^${name}\r\u001c\r`,
  );
}

const stamp = (date: Date): string => `${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}+0000`;
