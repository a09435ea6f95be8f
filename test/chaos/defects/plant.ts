/** Loaded into a process of the hub before its program (`node --import`): plants the defect CHAOS_DEFECT. */
import { plantEdits } from '../../support/plant-edits.ts';
import type { Defect } from './defect.ts';

const NAME = process.env['CHAOS_DEFECT'] ?? '';

const { defect } = (await import(`./planted/${NAME}.ts`)) as { defect: Defect };
plantEdits(defect.edits);
