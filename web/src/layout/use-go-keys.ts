import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { mayCall } from '../api/may.ts';
import { useSession } from '../session/session-context.ts';
import { PLACES } from './places.ts';

const TOGETHER_MS = 1_000;

/** "g" and then the key of a place goes there. */
export function useGoKeys(): void {
  const navigate = useNavigate();
  const me = useSession();
  useEffect(() => {
    let pressedAt = -TOGETHER_MS;
    const press = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const place = PLACES.find(({ key, needs }) => key === event.key && mayCall(me, needs));
      if (event.timeStamp - pressedAt < TOGETHER_MS && place) void navigate({ to: place.to });
      pressedAt = event.key === 'g' ? event.timeStamp : -TOGETHER_MS;
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [navigate, me]);
}
