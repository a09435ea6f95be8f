import { ActionIcon, CopyButton, Group } from '@mantine/core';
import { Check, Copy } from 'lucide-react';

/** An id to be copied; the end of a UUID tells it from its neighbours, its beginning does not. */
export function Id({ of, isWhole = false }: { readonly of: string | null | undefined; readonly isWhole?: boolean }) {
  if (of === null || of === undefined) return <span className="quiet">none</span>;
  return (
    <Group gap={4} wrap="nowrap" display="inline-flex">
      <span className="mono" title={of}>
        {isWhole ? of : shortId(of)}
      </span>
      <CopyButton value={of}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="xs"
            onClick={copy}
            aria-label={copied ? 'Copied' : `Copy ${of}`}
          >
            {copied ? <Check size={12} /> : <Copy size={12} />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}

export const shortId = (id: string): string => (id.length > 14 ? `…${id.slice(-8)}` : id);
