import type { Schemas } from '../api/contract.ts';
import { Facts } from '../kit/facts.tsx';
import { useConnections } from '../kit/names.ts';
import { Section } from '../kit/section.tsx';
import { Condition } from '../kit/state.tsx';
import { Ago, Instant } from '../kit/time.tsx';
import { fromNow, isOver } from '../kit/times.ts';

type Expiry = Schemas['expiry'];

const KINDS: Readonly<Record<Expiry['kind'], string>> = {
  'server-certificate': 'Certificate of the hospital',
  'client-certificate': 'Certificate of the hub',
  token: 'Access token',
};

/** For a list: what ends first, and what somebody has to renew. */
export function ExpiryBrief({ of }: { readonly of: string }) {
  const { data } = useConnections();
  const expiries = data?.find(({ id }) => id === of)?.expiries ?? [];
  if (expiries.length === 0) return <span className="quiet">–</span>;
  const certificate = expiries.find(({ kind }) => kind !== 'token');
  const token = expiries.find(({ kind }) => kind === 'token');
  return (
    <>
      {certificate && <Ends of={certificate} />}
      {token && (
        <div className="quiet">
          token <Ago at={token.endsAt} />
        </div>
      )}
    </>
  );
}

function Ends({ of: { endsAt, soon } }: { readonly of: Expiry }) {
  return soon ? (
    <Condition colour={isOver(endsAt) ? 'bad' : 'person'}>{fromNow(endsAt)}</Condition>
  ) : (
    <Ago at={endsAt} />
  );
}

/** Of one connection: everything, with when it was seen. */
export const Expiries = ({ of }: { readonly of: readonly Expiry[] }) => (
  <Section title="What ends when">
    {of.length === 0 ? (
      <span className="quiet">
        Nothing was seen yet: it is not encrypted, or was not reached. A check looks at once.
      </span>
    ) : (
      <Facts
        of={of.map((each) => [
          KINDS[each.kind],
          <>
            <Ends of={each} />, <Instant at={each.endsAt} />
            <div className="quiet">
              {each.subject !== null && <>{each.subject}, </>}seen <Ago at={each.seenAt} />
              {each.kind === 'token' && '; renewed by itself'}
            </div>
          </>,
        ])}
      />
    )}
  </Section>
);
