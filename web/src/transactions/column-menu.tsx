import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { Columns3 } from 'lucide-react';
import { SHOWN_AT_FIRST, TRANSACTION_COLUMNS } from './transaction-columns.tsx';

/** What opens the row is always there. */
const ALWAYS: ReadonlySet<string> = new Set(['state', 'kind']);

/** The columns that this person wants to see, in this browser; and the way to choose others. */
export function useColumns() {
  const [shown, setShown] = useLocalStorage({
    key: 'tessera.columns',
    defaultValue: SHOWN_AT_FIRST,
    getInitialValueInEffect: false,
  });
  const change = (id: string, isShown: boolean): void =>
    setShown(isShown ? [...shown, id] : shown.filter((each) => each !== id));
  return {
    columns: TRANSACTION_COLUMNS.filter(({ id }) => ALWAYS.has(id) || shown.includes(id)),
    menu: (
      <Popover position="bottom-end" withinPortal trapFocus>
        <Popover.Target>
          <Button variant="default" leftSection={<Columns3 size={14} />}>
            Columns
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Columns">
          <Stack gap={6}>
            {TRANSACTION_COLUMNS.filter(({ id }) => !ALWAYS.has(id)).map(({ id, header }) => (
              <Checkbox
                key={id}
                size="xs"
                label={header}
                checked={shown.includes(id)}
                onChange={(event) => change(id, event.currentTarget.checked)}
              />
            ))}
          </Stack>
        </Popover.Dropdown>
      </Popover>
    ),
  };
}
