/** Whether the one who is signed in may call an operation: by the very table that the hub refuses by. */
import { useSession } from '../session/session-context.ts';
import { ROLES_OF, type OperationId } from './contract.ts';

export const roleMay = (role: string, operation: OperationId): boolean =>
  (ROLES_OF[operation] as readonly string[]).includes(role);

export function useMay(operation: OperationId): boolean {
  return roleMay(useSession().role, operation);
}
