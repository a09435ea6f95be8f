import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { mayCall } from '../api/may.ts';
import { useSession } from '../session/session-context.ts';
import { useConnections } from '../kit/names.ts';
import { PLACES } from './places.ts';

/** Every page, every connection; and whatever else is typed is searched for in the ledger. */
export function CommandPalette() {
  const navigate = useNavigate();
  const me = useSession();
  const { data: connections } = useConnections();
  const [query, setQuery] = useState('');
  const go = (to: string): void => void navigate({ href: to });
  const actions: SpotlightActionData[] = PLACES.filter((each) => mayCall(me, each.needs)).map(
    ({ to, label, icon: Icon, key }) => ({
      id: to,
      label,
      description: `g ${key}`,
      leftSection: <Icon size={16} />,
      onClick: () => go(to),
    }),
  );
  for (const { id, name, adapter } of connections ?? [])
    actions.push({ id, label: name, description: `Connection · ${adapter}`, onClick: () => go(`/connections/${id}`) });
  if (query.trim() !== '') {
    const q = query.trim();
    actions.push({
      id: 'search',
      label: `Search transactions for “${q}”`,
      description: 'An id, a key at the hospital, or part of an error',
      // Found whatever is typed.
      keywords: [q],
      leftSection: <Search size={16} />,
      onClick: () => go(`/transactions?q=${encodeURIComponent(q)}`),
    });
  }
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={['mod + K', '/']}
      nothingFound="Nothing like that."
      highlightQuery
      searchProps={{
        placeholder: 'Go to a page or connection, or search the ledger',
        leftSection: <Search size={16} />,
        'aria-label': 'Search',
      }}
    />
  );
}
