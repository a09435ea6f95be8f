import { Button, Group } from '@mantine/core';
import { answered, api } from '../api/client.ts';
import { useMay } from '../api/may.ts';
import { Problem } from '../api/problem.ts';
import { useAct } from '../kit/use-act.ts';

type Settlement = 'his-wins' | 'hub-wins';

/** One difference, or many, decided by a person. Nothing is sent to a hospital by this. */
export function SettleButtons({ of, after }: { readonly of: readonly string[]; readonly after?: () => void }) {
  const may = useMay('resolveDrift');
  const settle = useAct({
    act: (settlement: Settlement) => settleAll(of, settlement),
    done: ({ settled, refused }) =>
      refused === undefined
        ? settled === 1
          ? 'Settled.'
          : `${settled} settled.`
        : `${settled} settled, ${of.length - settled} not: ${refused}`,
    after: () => after?.(),
  });
  if (!may || of.length === 0) return null;
  const number = of.length > 1 ? ` (${of.length})` : '';
  return (
    <Group gap={6}>
      <Button variant="default" onClick={() => settle.mutate('his-wins')} loading={settle.isPending}>
        Follow the hospital{number}
      </Button>
      <Button variant="default" onClick={() => settle.mutate('hub-wins')} loading={settle.isPending}>
        Keep ours{number}
      </Button>
    </Group>
  );
}

/** One after the other: what is in the way of one is not in the way of the next. Throws when the only one is refused. */
async function settleAll(ids: readonly string[], settlement: Settlement) {
  let settled = 0;
  let refused: string | undefined;
  for (const id of ids) {
    try {
      await answered(api.POST('/v1/drift/{id}/resolve', { params: { path: { id } }, body: { settlement } }));
      settled += 1;
    } catch (error) {
      if (!(error instanceof Problem) || ids.length === 1) throw error;
      refused ??= error.message;
    }
  }
  return { settled, refused };
}
