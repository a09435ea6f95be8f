/** Every behaviour of the contract, in the order of the report. */
import type { Behaviour } from '../behaviour.ts';
import { booking } from './booking.ts';
import { changes } from './changes.ts';
import { daylightSaving } from './daylight-saving.ts';
import { deadlines } from './deadlines.ts';
import { hostility } from './hostile.ts';
import { lists } from './lists.ts';
import { lostAnswers } from './lost-answers.ts';
import { notices } from './notices.ts';
import { patients } from './patients.ts';
import { promises } from './promises.ts';
import { replies } from './replies.ts';

export const BEHAVIOURS: readonly Behaviour[] = [
  ...promises,
  ...booking,
  ...lostAnswers,
  ...replies,
  ...changes,
  ...lists,
  ...daylightSaving,
  ...patients,
  ...notices,
  ...deadlines,
  ...hostility,
];
