import { Button, Menu } from '@mantine/core';
import { Clock } from 'lucide-react';
import { chooseZone, myZone, useZoneChoice, type ZoneChoice } from '../kit/zone.ts';

const CHOICES: readonly (readonly [choice: ZoneChoice, label: string])[] = [
  ['mine', `My time (${myZone})`],
  ['location', 'Time of the location'],
  ['utc', 'UTC'],
];
const SHORT: Readonly<Record<ZoneChoice, string>> = {
  mine: myZone.split('/').at(-1)?.replace('_', ' ') ?? myZone,
  location: 'Location',
  utc: 'UTC',
};

/** Appointments are always in the time of their location; this is for everything else. */
export function ZoneSwitch() {
  const chosen = useZoneChoice();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<Clock size={14} />}
          px={6}
          aria-label={`Times in: ${SHORT[chosen]}`}
          className="header-button"
        >
          {SHORT[chosen]}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Times of what happened</Menu.Label>
        {CHOICES.map(([choice, label]) => (
          <Menu.Item
            key={choice}
            onClick={() => chooseZone(choice)}
            aria-current={choice === chosen || undefined}
            fw={choice === chosen ? 600 : undefined}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
