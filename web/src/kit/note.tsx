import type { ReactNode } from 'react';

interface NoteProps {
  readonly title?: string;
  /** Something for a person to do. */
  readonly isForPerson?: boolean;
  readonly children: ReactNode;
}

/** Something to know before reading on. */
export const Note = ({ title, isForPerson = false, children }: NoteProps) => (
  <div className="note" data-person={isForPerson || undefined}>
    {title !== undefined && <b>{title}</b>}
    <div>{children}</div>
  </div>
);
