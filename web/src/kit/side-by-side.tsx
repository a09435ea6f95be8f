import { SimpleGrid } from '@mantine/core';
import { wordDiff, type Piece } from './word-diff.ts';

interface SideBySideProps {
  /** What both texts are, e.g. "Reason". */
  readonly of: string;
  readonly before: string | null | undefined;
  readonly after: string | null | undefined;
}

/** Before and after; what is taken away is struck out, what is new is set off. */
export function SideBySide({ of, before, after }: SideBySideProps) {
  const diff = wordDiff(before ?? '', after ?? '');
  return (
    <SimpleGrid cols={2} spacing="xs" className="diff" tabIndex={0} role="group" aria-label={`${of}, before and after`}>
      <Side label={`${of}, before`} pieces={diff.before} mark="del" />
      <Side label={`${of}, after`} pieces={diff.after} mark="ins" />
    </SimpleGrid>
  );
}

interface SideProps {
  readonly label: string;
  readonly pieces: readonly Piece[];
  readonly mark: 'del' | 'ins';
}

const Side = ({ label, pieces, mark: Mark }: SideProps) => (
  <section aria-label={label}>
    <div className="quiet">{label}</div>
    {pieces.length === 0 && <span className="quiet">none</span>}
    {pieces.map(({ text, isKept }, index) =>
      // Pieces have no other name than their place.
      isKept ? <span key={index}>{text}</span> : <Mark key={index}>{text}</Mark>,
    )}
  </section>
);
