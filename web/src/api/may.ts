/** Whether the one who is signed in may call an operation: by the very table that the hub refuses by (contracts/authorization.yaml). */
import { useSession, type Me } from '../session/session-context.ts';
import { REACH_OF, type OperationId } from './contract.ts';

export function mayCall({ role, locationIds }: Pick<Me, 'role' | 'locationIds'>, operation: OperationId): boolean {
  const reach = (REACH_OF[operation] as Readonly<Partial<Record<string, string>>>)[role];
  // Who is bound to locations is refused what concerns the whole organization.
  return reach !== undefined && !(reach === 'organization' && locationIds !== null);
}

export const useMay = (operation: OperationId): boolean => mayCall(useSession(), operation);
