/** A day at a hospital as a stream of SIU, drawn by a seed: one provider, some slots, appointments that are made, moved and cancelled. */
import type { Random } from '../chaos/random.ts';

export interface StreamOptions {
  /** MSH-3 and MSH-4. */
  readonly name: string;
  /** Whose day: streams with other keys have nothing in common. */
  readonly key: string;
}

const pad = (count: number): string => String(count).padStart(2, '0');
const SLOTS = 6;
const APPOINTMENTS = 4;
const CHANGES = 14;

/** In the order in which it happened, a second or more between two. The texts of messages. */
export function siuStream(random: Random, { name, key }: StreamOptions): readonly string[] {
  let second = 0;
  const messages: string[] = [];
  const say = (trigger: string, subject: string, hour: number | undefined): void => {
    second += random.between(1, 30);
    const at = `20270301${pad(9 + Math.floor(second / 3600))}${pad(Math.floor(second / 60) % 60)}${pad(second % 60)}+0000`;
    const start = hour === undefined ? '' : `^^30^20270308${pad(hour)}0000+0000`;
    messages.push(
      [
        `MSH|^~\\&|${name}|${name}|TESSERA|TESSERA|${at}||SIU^${trigger}^SIU_S12|${key}-${messages.length}|P|2.5.1`,
        `SCH||${subject}|||||||30|min|${start}`,
        'RGS|1|A',
        `AIP|1|A|${key}^Müller^Jörg`,
        'AIL|1|A|AMB1^^^HIS',
      ].join('\r'),
    );
  };
  for (let hour = 8; hour < 8 + SLOTS; hour += 1) say('S24', `${key}-OPEN${hour}`, hour);
  const hourOf = (): number => 8 + random.between(0, SLOTS - 1);
  for (let change = 0; change < CHANGES; change += 1) {
    const appointment = `${key}-A${random.between(0, APPOINTMENTS - 1)}`;
    const [trigger, subject, hour] = random.pick([
      ['S12', appointment, hourOf()],
      ['S13', appointment, hourOf()],
      ['S14', appointment, undefined],
      ['S14', appointment, hourOf()],
      ['S15', appointment, undefined],
      ['S15', appointment, hourOf()],
      ['S16', appointment, hourOf()],
      ['S17', appointment, undefined],
      ['S26', appointment, hourOf()],
      ['S23', `${key}-BLOCK${random.between(0, 1)}`, hourOf()],
      ['S24', `${key}-OPEN`, hourOf()],
    ] as const);
    say(trigger, subject, hour);
  }
  return messages;
}

/** Shuffled, and some of them twice. */
export function disturbed(random: Random, messages: readonly string[]): readonly string[] {
  const twice = messages.filter(() => random.chance(0.2));
  return [...messages, ...twice]
    .map((message) => ({ message, place: random.next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ message }) => message);
}
