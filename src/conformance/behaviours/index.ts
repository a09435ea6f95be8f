/** Every behaviour of the contract, in the order of the report. */
import type { Behaviour } from '../behaviour.ts';
import { booking } from './booking.ts';
import { cancelling } from './cancelling.ts';
import { daylightSaving } from './daylight-saving.ts';
import { deadlines } from './deadlines.ts';
import { directory } from './directory.ts';
import { holding } from './holding.ts';
import { hostileHttp } from './hostile-http.ts';
import { hostileMllp } from './hostile-mllp.ts';
import { log } from './log.ts';
import { lookUps } from './look-ups.ts';
import { lostAnswers } from './lost-answers.ts';
import { notices } from './notices.ts';
import { patientUpdates } from './patient-updates.ts';
import { patients } from './patients.ts';
import { promises } from './promises.ts';
import { replies } from './replies.ts';
import { pushes } from './pushes.ts';
import { rescheduling } from './rescheduling.ts';
import { selfCheck } from './self-check.ts';
import { slotLists } from './slot-lists.ts';
import { waiting } from './waiting.ts';

export const BEHAVIOURS: readonly Behaviour[] = [
  ...promises,
  ...selfCheck,
  ...log,
  ...booking,
  ...lostAnswers,
  ...lookUps,
  ...replies,
  ...waiting,
  ...cancelling,
  ...rescheduling,
  ...holding,
  ...slotLists,
  ...daylightSaving,
  ...directory,
  ...patients,
  ...patientUpdates,
  ...notices,
  ...pushes,
  ...deadlines,
  ...hostileHttp,
  ...hostileMllp,
];
