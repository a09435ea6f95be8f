import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/contract.ts';
import { usePages } from '../kit/pages.ts';
import { column, Rows } from '../kit/rows.tsx';
import { Condition } from '../kit/state.tsx';
import { Instant } from '../kit/time.tsx';
import { milliseconds } from '../kit/times.ts';

type Attempt = Schemas['webhook-attempt'];
const isGood = ({ status }: Attempt): boolean => status !== null && status >= 200 && status < 300;

const COLUMNS = [
  column<Attempt>('answer', 'Answer', (row) => (
    <Condition colour={isGood(row) ? 'good' : 'bad'}>{String(row.status ?? row.errorCode ?? 'none')}</Condition>
  )),
  column<Attempt>('type', 'Event', (row) => row.type),
  column<Attempt>('number', 'Attempt', (row) => row.number, { isNumber: true }),
  column<Attempt>('took', 'Took', (row) => milliseconds(row.durationMs), { isNumber: true }),
  column<Attempt>('at', 'When', (row) => <Instant at={row.at} />),
];

export function AttemptRows({ id }: { readonly id: string }) {
  const pages = usePages({
    key: ['webhooks', id, 'attempts'],
    read: (cursor, signal, limit) =>
      answered(
        api.GET('/v1/webhooks/{id}/attempts', {
          params: { path: { id }, query: { limit, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
  });
  return <Rows name="Attempts" columns={COLUMNS} keyOf={(row) => row.id} empty="Nothing was sent yet." {...pages} />;
}
