interface ContentProps {
  /** What it is, for whoever does not see it. */
  readonly label: string;
  readonly children: string;
}

/** A text as it is, in a frame that scrolls, also by keys. */
export function Content({ label, children }: ContentProps) {
  return (
    <section className="content" tabIndex={0} aria-label={label}>
      <pre>{children}</pre>
    </section>
  );
}
