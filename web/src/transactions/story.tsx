import { Skeleton } from '@mantine/core';
import type { Schemas } from '../api/contract.ts';
import { clock, milliseconds, toTheSecond } from '../kit/times.ts';
import { useZone } from '../kit/zone.ts';
import { tellEntry } from './tell-entry.ts';
import { stateColour } from '../kit/colour.ts';

export type Entry = Schemas['timeline-entry'];

interface StoryProps {
  readonly entries: readonly Entry[] | undefined;
  /** Of the location. */
  readonly zone: string | undefined;
}

/** Oldest first, with the time that passed between one thing and the next. */
export function Story({ entries, zone: ofLocation }: StoryProps) {
  const zone = useZone(ofLocation);
  if (!entries) return <Skeleton height={180} />;
  const [first] = entries;
  return (
    <>
      {first && (
        <p className="quiet" style={{ margin: '0 0 12px' }}>
          {toTheSecond(first.at, zone)} · {zone}
        </p>
      )}
      <ol className="story">
        {entries.map((entry, index) => (
          <StoryEntry key={index} entry={entry} zone={zone} waited={waitedBefore(entries, index)} />
        ))}
      </ol>
    </>
  );
}

interface StoryEntryProps {
  readonly entry: Entry;
  readonly zone: string;
  readonly waited: number;
}

function StoryEntry({ entry, zone, waited }: StoryEntryProps) {
  const { title, detail, colour, tookMs } = tellEntry(entry);
  return (
    <li style={stateColour(colour)}>
      <div>
        <b style={{ fontWeight: 500 }}>{title}</b>
        {tookMs !== undefined && <span className="quiet"> took {milliseconds(tookMs)}</span>}
      </div>
      {detail !== '' && <div>{detail}</div>}
      <div className="quiet numbers mono">
        {clock(entry.at, zone)}
        {waited >= 1 && ` · ${milliseconds(waited)} after`}
      </div>
    </li>
  );
}

const waitedBefore = (entries: readonly Entry[], index: number): number => {
  const [entry, before] = [entries[index], entries[index - 1]];
  return entry && before ? Date.parse(entry.at) - Date.parse(before.at) : 0;
};
