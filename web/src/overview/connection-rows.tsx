import type { Schemas } from '../api/contract.ts';
import { ExpiryBrief } from '../connections/expiries.tsx';
import { ConnectionState } from '../connections/connection-state.tsx';
import { Link } from '../kit/link.tsx';
import { column, Rows } from '../kit/rows.tsx';
import { Sparkline } from '../kit/sparkline.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago } from '../kit/time.tsx';
import { duration, milliseconds } from '../kit/times.ts';

type Row = Schemas['connection-overview'];

const COLUMNS = [
  column<Row>('name', 'Connection', (row) => (
    <>
      <Link to="/connections/$id" params={{ id: row.id }} fw={500}>
        {row.name}
      </Link>
      <div className="quiet">{row.adapter}</div>
    </>
  )),
  column<Row>('state', 'State', (row) => <ConnectionState of={row} />),
  column<Row>('calls', 'Calls, 24 h', (row) => (
    <Sparkline points={pointsOf(row)} label={`${row.last24h.attempts} calls in 24 hours`} />
  )),
  column<Row>('success', 'Succeeded', successOf, { isNumber: true }),
  column<Row>(
    'p95',
    'p95',
    (row) => (row.last24h.p95Ms === null ? <span className="quiet">–</span> : milliseconds(row.last24h.p95Ms)),
    { isNumber: true },
  ),
  column<Row>('queue', 'Waiting', waitingOf, { isNumber: true }),
  column<Row>('trouble', 'For a person', personOf),
  column<Row>('read', 'Read from the hospital', readOf),
  column<Row>('expiries', 'Credentials end', (row) => <ExpiryBrief of={row.id} />),
];

export const ConnectionRows = ({ connections }: { readonly connections: readonly Row[] | undefined }) => (
  <Rows
    name="Connections"
    columns={COLUMNS}
    rows={connections}
    keyOf={(row) => row.id}
    hrefOf={(row) => `/connections/${row.id}`}
    empty={
      <>
        No hospital is connected yet. <Link to="/connections/new">Connect the first one</Link>
      </>
    }
  />
);

/** Of what the hospital could have done: what it refused by its own rules is no failure of the connection. */
function successOf({ last24h: { succeeded, refused, attempts } }: Row) {
  const counted = attempts - refused;
  if (counted === 0) return <span className="quiet">–</span>;
  return `${((succeeded / counted) * 100).toFixed(1)} %`;
}

function waitingOf({ queue, unknown }: Row) {
  if (queue.depth + unknown === 0) return <span className="quiet">0</span>;
  return (
    <>
      {queue.depth}
      {queue.oldestAgeSeconds !== null && <div className="quiet">oldest {duration(queue.oldestAgeSeconds)}</div>}
      {unknown > 0 && <div>{unknown} unknown</div>}
    </>
  );
}

function personOf({ id, needsReview, failed }: Row) {
  if (needsReview + failed === 0) return <span className="quiet">nothing</span>;
  return (
    <>
      {needsReview > 0 && (
        <Link to="/transactions" search={{ connection: id, state: 'needs_review' }} display="block">
          {needsReview} need review
        </Link>
      )}
      {failed > 0 && (
        <Link to="/transactions" search={{ connection: id, state: 'failed' }} display="block">
          {failed} failed
        </Link>
      )}
    </>
  );
}

function readOf({ managedBy, synchronisedAt, stale, nextReadAt }: Row) {
  if (managedBy === 'hub') return <span className="quiet">the hub keeps the book</span>;
  return (
    <>
      {stale ? <Condition colour="person">Stale</Condition> : <Ago at={synchronisedAt} />}
      {nextReadAt !== null && (
        <div className="quiet">
          next <Ago at={nextReadAt} />
        </div>
      )}
    </>
  );
}

const HOUR_MS = 3600_000;

/** The hours without calls are not in the answer. */
function pointsOf({ hours }: Row) {
  const last = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const known = new Map(hours.map((each) => [Date.parse(each.from), each]));
  return Array.from({ length: 24 }, (_, index) => {
    const hour = known.get(last - (23 - index) * HOUR_MS);
    return { all: hour?.attempts ?? 0, troubled: hour?.troubled ?? 0 };
  });
}
