import type { Schemas } from '../api/contract.ts';
import { useSession } from '../session/session-context.ts';

/** A person whom the hub has no name of is known by the id that their identity provider has given. */
export function useOwnerName(): (owner: Schemas['owner']) => string {
  const { clientId } = useSession();
  return ({ id, name }) => (id === clientId ? 'you' : (name ?? id));
}
