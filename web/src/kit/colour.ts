/** The colours of console.css: each means the same everywhere. */
import type { CSSProperties } from 'react';

/** person: somebody has to look; doubt: nobody knows; over: of no concern any more. */
export type Colour = 'good' | 'busy' | 'wait' | 'doubt' | 'person' | 'bad' | 'over';

/** For elements that console.css draws a mark for. React's types know no custom properties. */
export const stateColour = (colour: Colour): CSSProperties => ({ ['--state' as string]: `var(--state-${colour})` });
