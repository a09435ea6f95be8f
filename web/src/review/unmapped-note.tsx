import { useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { Note } from '../kit/note.tsx';
import { Link } from '../kit/link.tsx';

/** Codes that nobody has mapped hold transactions up: said here, mended where mappings are. */
export function UnmappedNote() {
  const { data } = useQuery({
    queryKey: ['mappings', 'unmapped'],
    queryFn: async () => (await answered(api.GET('/v1/unmapped-codes', { params: { query: { limit: 200 } } }))).items,
  });
  if (!data?.length) return null;
  const waiting = data.reduce((sum, each) => sum + each.waiting, 0);
  return (
    <Note isForPerson title={`${data.length} codes of hospitals are not mapped`}>
      {waiting} transactions wait for them. <Link to="/mappings">Say what they mean</Link>
    </Note>
  );
}
