import { useLocationName } from '../kit/names.ts';

/** Null: nobody is bound; everything of the organization. */
export function BoundTo({ of }: { readonly of: readonly string[] | null }) {
  const nameOf = useLocationName();
  return of === null ? <span className="quiet">the organization</span> : of.map(nameOf).join(', ');
}
