/** Which transactions are shown: all of it is in the address. */
import type { paths } from '../api/contract.ts';
import type { TransactionState } from '../kit/states.ts';

type Query = NonNullable<paths['/v1/transactions']['get']['parameters']['query']>;

/** As in the address: texts. */
export type TransactionSearch = { readonly [Name in Exclude<keyof Query, 'limit' | 'cursor'>]?: string };

/** As the API takes it. A mistyped state or kind is the hub's to refuse. */
export const queryOf = (search: TransactionSearch): Omit<Query, 'limit' | 'cursor'> => search as Query;

export const withoutState = (search: TransactionSearch): TransactionSearch =>
  Object.fromEntries(Object.entries(search).filter(([name]) => name !== 'state'));

/** What a plan of replays can be made of. */
export const isReplayable = (state: string | undefined): state is TransactionState =>
  state === 'failed' || state === 'needs_review';
