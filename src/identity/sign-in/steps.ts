/** Signing in, step by step: password, a new one where it was temporary, second factor. What was passed is kept, sealed, by sign-in. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Role } from '../../domain/index.ts';
import {
  checkPassword,
  choosePassword,
  findAccount,
  isLocked,
  passwordProblem,
  signedIn,
  type Account,
} from './accounts.ts';
import { codePage, enrolmentPage, newPasswordPage, passwordPage } from './pages.ts';
import type { ProviderParts } from './provider.ts';
import { Records } from './records.ts';
import { beginEnrolment, checkCode } from './totp.ts';

/** Whoever sees or changes what is not their own. */
const NEED_SECOND_FACTOR: ReadonlySet<Role> = new Set<Role>(['support', 'engineer', 'admin']);
const PROGRESS_SECONDS = 900;

const WRONG_PASSWORD =
  'E-mail and password do not belong together, or there were too many tries: wait a quarter of an hour then.';
const WRONG_CODE = 'That was not the code of this moment, or it was used before. Wait for the next one.';

export interface Step {
  readonly parts: ProviderParts;
  readonly provider: Provider;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the form; undefined: the page is only looked at. */
  readonly form: URLSearchParams | undefined;
}

/** The page to show; undefined: signed in, and the browser was sent on. Throws when this browser has begun no such sign-in. */
export async function takeStep(step: Step): Promise<string | undefined> {
  const { parts, provider, request, response, form } = step;
  const { uid } = await provider.interactionDetails(request, response);
  const progress = new Records('SignIn', parts.sql, parts.seal);
  const passed = await progress.find(uid);
  const account = passed?.accountId === undefined ? undefined : await findAccount(parts.sql, passed.accountId);
  if (!account) {
    if (form?.get('step') !== 'password') return passwordPage();
    const found = await checkPassword(parts.sql, form.get('email') ?? '', form.get('password') ?? '');
    if (!found) return passwordPage(WRONG_PASSWORD);
    await progress.upsert(uid, { accountId: found.id }, PROGRESS_SECONDS);
    return goOn(step, progress, uid, found);
  }
  if (form?.get('step') === 'new-password' && account.passwordIsTemporary) {
    const wrong = await takeNewPassword(parts, account, form);
    return wrong === undefined
      ? goOn(step, progress, uid, { ...account, passwordIsTemporary: false })
      : newPasswordPage(wrong);
  }
  if (form?.get('step') === 'code' && !account.passwordIsTemporary) {
    const isRight =
      !(await isLocked(parts.sql, account.id)) &&
      (await checkCode(parts.sql, parts.seal, account.id, form.get('code') ?? ''));
    return isRight ? finish(step, progress, uid, account, ['pwd', 'otp']) : codeOrEnrolment(parts, account, WRONG_CODE);
  }
  return goOn(step, progress, uid, account);
}

/** Whatever comes next for who has given the right password. */
async function goOn(step: Step, progress: Records, uid: string, account: Account): Promise<string | undefined> {
  if (account.passwordIsTemporary) return newPasswordPage();
  if (account.hasTotp || NEED_SECOND_FACTOR.has(account.role)) return codeOrEnrolment(step.parts, account);
  return finish(step, progress, uid, account, ['pwd']);
}

const codeOrEnrolment = async ({ sql, seal }: ProviderParts, account: Account, wrong?: string): Promise<string> =>
  account.hasTotp ? codePage(wrong) : enrolmentPage(await beginEnrolment(sql, seal, account), wrong);

async function takeNewPassword(
  { sql }: ProviderParts,
  account: Account,
  form: URLSearchParams,
): Promise<string | undefined> {
  const password = form.get('password') ?? '';
  if (password !== form.get('repeated')) return 'The two are not the same.';
  const problem = passwordProblem(password, account);
  if (problem !== undefined) return problem;
  return (await choosePassword(sql, account.id, password))
    ? undefined
    : 'Choose another one than the one you were given.';
}

async function finish(
  { parts, provider, request, response }: Step,
  progress: Records,
  uid: string,
  account: Account,
  amr: string[],
): Promise<undefined> {
  await progress.destroy(uid);
  await signedIn(parts.sql, account.id);
  await provider.interactionFinished(
    request,
    response,
    { login: { accountId: account.id, remember: false, amr } },
    { mergeWithLastSubmission: false },
  );
  return undefined;
}
