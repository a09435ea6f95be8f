import { Select } from '@mantine/core';

const ZONES = Intl.supportedValuesOf('timeZone');

interface ZoneSelectProps {
  readonly label: string;
  readonly description?: string | undefined;
  readonly required?: boolean;
  readonly error?: string | undefined;
  readonly value: string | null;
  readonly change: (zone: string | undefined) => void;
}

export const ZoneSelect = ({ change, ...shared }: ZoneSelectProps) => (
  <Select
    {...shared}
    data={ZONES}
    searchable
    limit={30}
    onChange={(zone) => change(zone ?? undefined)}
    placeholder="Europe/Berlin"
  />
);
