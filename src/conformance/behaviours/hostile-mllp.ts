/** The same over MLLP: frames that are none, that never end, that hold something else. */
import { frameOf } from '../../adapter-kit/index.ts';
import type { Behaviour } from '../behaviour.ts';
import { wordsOf } from '../bench.ts';
import { mustBeOneOf } from '../must.ts';
import { survive } from '../survive.ts';

const HUGE_BYTES = 50_000_000;
const SHORT_MS = 2_000;

const HOSTILE_MLLP: readonly { readonly id: string; readonly title: string; readonly bytes: Buffer }[] = [
  { id: 'not-mllp', title: 'bytes that are no frame', bytes: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') },
  {
    id: 'not-hl7',
    title: 'a frame that holds no HL7 v2',
    bytes: Buffer.from(frameOf(Buffer.from('{"hello":"world"}'))),
  },
  { id: 'half-frame', title: 'a frame that never ends', bytes: Buffer.from('\u000bMSH|^~\\&|HIS|REG') },
  {
    id: 'endless',
    title: 'a frame of 50 MB',
    bytes: Buffer.concat([Buffer.from([0x0b]), Buffer.alloc(HUGE_BYTES, 0x41)]),
  },
];

export const hostileMllp: readonly Behaviour[] = HOSTILE_MLLP.map(({ id, title, bytes }) => ({
  id: `hostile-${id}`,
  title: `${title}: not a booking, no crash, and the next booking works`,
  needs: ['MLLP'],
  async run(bench) {
    const { outcome } = await survive(bench, { tcp: (socket) => socket.write(bytes) }, SHORT_MS);
    mustBeOneOf(outcome.class, ['unknown', 'uncategorised'], `the class of the outcome (${wordsOf(outcome)})`);
  },
}));
