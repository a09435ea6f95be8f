import { createContext, useContext } from 'react';
import type { Schemas } from '../api/contract.ts';

export type Me = Schemas['me'];

export const SessionContext = createContext<Me | undefined>(undefined);

/** Who is signed in. Only below SessionGate. */
export function useSession(): Me {
  const me = useContext(SessionContext);
  if (!me) throw new Error('nobody is signed in here');
  return me;
}
