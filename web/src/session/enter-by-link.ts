/** The sandbox's link: /#enter=<code>, printed by the hub when it starts. */
import { answered, api } from '../api/client.ts';
import { beginSession } from './session.ts';

/** Enters as support; says why not when the link is no good. Nothing happens without a link. */
export async function enterByLink(): Promise<string | undefined> {
  const code = new URLSearchParams(location.hash.slice(1)).get('enter');
  if (code === null) return undefined;
  // Nobody finds it in the history, and a reload does not try it again.
  history.replaceState(null, '', location.pathname + location.search);
  try {
    const tokens = await answered(api.POST('/v1/sandbox/enter', { body: { code } }));
    beginSession({ token: tokens.support, others: { ...tokens } });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
