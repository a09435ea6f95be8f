import { Id } from '../kit/id.tsx';
import { Link } from '../kit/link.tsx';
import { column } from '../kit/rows.tsx';
import { State } from '../kit/state.tsx';
import { STATES, type TransactionState } from '../kit/states.ts';
import { Instant } from '../kit/time.tsx';
import { PREDICTIONS, type PlanItem } from './plan-words.ts';

const isState = (text: string | null): text is TransactionState => text !== null && text in STATES;

/** Oldest transaction first, as they are sent. */
export const PLAN_ITEM_COLUMNS = [
  column<PlanItem>('transaction', 'Transaction', (item) => (
    <>
      <Link to="/transactions/$id" params={{ id: item.transactionId }}>
        Open
      </Link>{' '}
      <Id of={item.transactionId} />
    </>
  )),
  column<PlanItem>('predicted', 'Foreseen', (item) => (
    <>
      {PREDICTIONS[item.predicted]}
      {item.asksFirst && <div className="quiet">the hospital is asked first</div>}
      {item.laterTransactionId !== null && (
        <Link to="/transactions/$id" params={{ id: item.laterTransactionId }} display="block">
          the later one
        </Link>
      )}
    </>
  )),
  column<PlanItem>('state', 'So far', (item) => item.state),
  column<PlanItem>('result', 'Result', (item) =>
    isState(item.result) ? <State of={item.result} /> : (item.result ?? <span className="quiet">–</span>),
  ),
  column<PlanItem>('error', 'Error', (item) => item.errorCode ?? <span className="quiet">–</span>),
  column<PlanItem>('at', 'When', (item) =>
    item.at === null ? <span className="quiet">–</span> : <Instant at={item.at} />,
  ),
];
