/** When somebody was last at this tab: what asks the hub by itself is no sign of a person. */
let last = Date.now();

for (const type of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'])
  addEventListener(type, () => (last = Date.now()), { capture: true, passive: true });

export const idleMs = (): number => Date.now() - last;
