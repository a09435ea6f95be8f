/** Loaded into a process of the hub before its program (`node --import`). */
import { plantEdits } from '../../support/plant-edits.ts';
import { UNPROTECTED } from './edits.ts';

plantEdits(UNPROTECTED);
