import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { mayCall } from '../api/may.ts';
import { BoundTo } from '../access/bound-to.tsx';
import { Facts } from '../kit/facts.tsx';
import { Id } from '../kit/id.tsx';
import { Page } from '../kit/page.tsx';
import { Section } from '../kit/section.tsx';
import { chooseZone, myZone, useZoneChoice } from '../kit/zone.ts';
import { PLACES } from '../layout/places.ts';
import { useSession } from '../session/session-context.ts';

/** Of this person in this browser. */
export function SettingsPage() {
  const me = useSession();
  const zone = useZoneChoice();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Page title="Settings" about="Of you, in this browser">
      <Section title="Who you are">
        <Facts
          of={[
            ['Signed in as', me.clientId],
            ['Role', me.role],
            ['Organization', <Id of={me.organizationId} isWhole />],
            ['Bound to', <BoundTo of={me.locationIds} />],
          ]}
        />
      </Section>
      <Section title="How it looks">
        <Facts
          of={[
            [
              'Colours',
              <SegmentedControl
                size="xs"
                aria-label="Colours"
                data={['auto', 'light', 'dark']}
                value={colorScheme}
                onChange={(value) => setColorScheme(value)}
              />,
            ],
            [
              'Times of what happened',
              <SegmentedControl
                size="xs"
                aria-label="Times"
                data={[
                  { value: 'mine', label: myZone },
                  { value: 'location', label: 'Of the location' },
                  { value: 'utc', label: 'UTC' },
                ]}
                value={zone}
                onChange={(value) => chooseZone(value)}
              />,
            ],
            ['Times of appointments', 'always by the clock of their location'],
          ]}
        />
      </Section>
      <Section title="Keys">
        <Facts
          of={[
            ['Search, go to', 'Ctrl K, or /'],
            ...PLACES.filter(({ needs }) => mayCall(me, needs)).map(({ label, key }) => [label, `g ${key}`] as const),
          ]}
        />
      </Section>
    </Page>
  );
}
