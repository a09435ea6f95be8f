/** Signing in, step by step: password, a new one where it was temporary, second factor. What was passed is kept, sealed, by sign-in. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { AuditOutcome, Role } from '../../domain/index.ts';
import {
  checkPassword,
  choosePassword,
  findAccount,
  isLocked,
  passwordProblem,
  signedIn,
  type Account,
  type Refused,
} from './accounts.ts';
import { codePage, enrolmentPage, newPasswordPage, passwordPage } from './pages.ts';
import type { SignInRecord } from '../sign-in-record.ts';
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
    const checked = await checkPassword(parts.sql, form.get('email') ?? '', form.get('password') ?? '');
    if ('refused' in checked) {
      await recordRefusal(step, checked.refused);
      return passwordPage(WRONG_PASSWORD);
    }
    await progress.upsert(uid, { accountId: checked.account.id }, PROGRESS_SECONDS);
    return goOn(step, progress, uid, checked.account);
  }
  if (form?.get('step') === 'new-password' && account.passwordIsTemporary) {
    const wrong = await takeNewPassword(step, account, form);
    return wrong === undefined
      ? goOn(step, progress, uid, { ...account, passwordIsTemporary: false })
      : newPasswordPage(wrong);
  }
  if (form?.get('step') === 'code' && !account.passwordIsTemporary) {
    const refused = await takeCode(parts, account, form);
    if (!refused) return finish(step, progress, uid, account, ['pwd', 'otp']);
    await recordRefusal(step, refused);
    return codeOrEnrolment(parts, account, WRONG_CODE);
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

/** Undefined when the code is right. */
async function takeCode(
  { sql, seal }: ProviderParts,
  account: Account,
  form: URLSearchParams,
): Promise<Refused | undefined> {
  if (await isLocked(sql, account.id)) return { account, why: 'locked', locksNow: false };
  const checked = await checkCode(sql, seal, account.id, form.get('code') ?? '');
  return checked === 'right' ? undefined : { account, why: 'wrong-code', locksNow: checked === 'locked' };
}

const recordRefusal = (step: Step, { account, why, locksNow }: Refused): Promise<void> =>
  record(step, account, 'refused', 'sign-in', locksNow ? { why, locks: true } : { why });

/** Before it takes effect, or is answered. */
async function record(
  { parts, request, response }: Step,
  account: Refused['account'],
  outcome: AuditOutcome,
  action: SignInRecord['action'],
  detail: SignInRecord['detail'],
): Promise<void> {
  await parts.record?.(request, response, {
    organizationId: account?.organizationId ?? null,
    actorId: account?.id ?? null,
    actorRole: account?.role ?? null,
    action,
    outcome,
    detail,
  });
}

async function takeNewPassword(step: Step, account: Account, form: URLSearchParams): Promise<string | undefined> {
  const { sql } = step.parts;
  const password = form.get('password') ?? '';
  if (password !== form.get('repeated')) return 'The two are not the same.';
  const problem = passwordProblem(password, account);
  if (problem !== undefined) return problem;
  if (!(await choosePassword(sql, account.id, password))) return 'Choose another one than the one you were given.';
  await record(step, account, 'done', 'password.change', {});
  return undefined;
}

async function finish(step: Step, progress: Records, uid: string, account: Account, amr: string[]): Promise<undefined> {
  const { parts, provider, request, response } = step;
  await progress.destroy(uid);
  await record(step, account, 'done', 'sign-in', { methods: amr });
  await signedIn(parts.sql, account.id);
  await provider.interactionFinished(
    request,
    response,
    { login: { accountId: account.id, remember: false, amr } },
    { mergeWithLastSubmission: false },
  );
  return undefined;
}
