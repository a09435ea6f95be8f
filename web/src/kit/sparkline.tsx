interface SparklineProps {
  /** Oldest first. */
  readonly points: readonly { readonly all: number; readonly troubled: number }[];
  readonly label: string;
  readonly width?: number;
}

const HEIGHT = 22;

/** Small bars, what went wrong at their foot. Where exact numbers matter there are numbers beside it. */
export function Sparkline({ points, label, width = 120 }: SparklineProps) {
  const highest = Math.max(1, ...points.map((each) => each.all));
  const step = width / Math.max(1, points.length);
  const bar = Math.max(1, step - 1);
  const high = (count: number): number => (count === 0 ? 0 : Math.max(1.5, (count / highest) * HEIGHT));
  return (
    <svg className="sparkline" width={width} height={HEIGHT} role="img" aria-label={label}>
      <line x1={0} x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} stroke="var(--mantine-color-default-border)" />
      {points.map(({ all, troubled }, index) => (
        <g key={index}>
          <rect className="bar" x={index * step} width={bar} y={HEIGHT - high(all)} height={high(all)} />
          <rect className="trouble" x={index * step} width={bar} y={HEIGHT - high(troubled)} height={high(troubled)} />
        </g>
      ))}
    </svg>
  );
}
