import { Select } from '@mantine/core';

interface OwnerFilterProps {
  /** `me`, `nobody`, or the id of a person, by a link. */
  readonly owner: string | undefined;
  readonly change: (owner: string) => void;
}

const KNOWN = [
  { value: 'me', label: 'Mine' },
  { value: 'nobody', label: 'Nobody’s' },
];

export const OwnerFilter = ({ owner, change }: OwnerFilterProps) => (
  <Select
    aria-label="Owner"
    placeholder="Anybody’s"
    size="xs"
    w={120}
    clearable
    data={
      owner === undefined || KNOWN.some(({ value }) => value === owner)
        ? KNOWN
        : [...KNOWN, { value: owner, label: 'One person’s' }]
    }
    value={owner ?? null}
    onChange={(chosen) => change(chosen ?? '')}
  />
);
