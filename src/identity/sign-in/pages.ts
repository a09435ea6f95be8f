/** The sign-in pages: plain HTML, no script, one style sheet. They work in any browser, and with any screen reader. */
import { renderSVG } from 'uqr';
import type { Enrolment } from './totp.ts';

export const STYLE_PATH = '/oauth/sign-in.css';

export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; place-items: start center; min-height: 100vh; }
main { box-sizing: border-box; width: min(26rem, 100%); padding: 3rem 1.25rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
label { display: block; margin: 0.9rem 0 0.25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; border: 1px solid #767676; border-radius: 6px; }
button { margin-top: 1.2rem; width: 100%; padding: 0.7rem; font: inherit; font-weight: 600; color: #fff; background: #0b57d0; border: 0; border-radius: 6px; cursor: pointer; }
button.second { color: inherit; background: none; border: 1px solid #767676; margin-top: 0.6rem; }
:focus-visible { outline: 3px solid #f5a623; outline-offset: 2px; }
.wrong { padding: 0.6rem 0.8rem; border-left: 4px solid #c5221f; background: #c5221f1a; }
.code { background: #fff; padding: 0.5rem; width: 12rem; }
code { overflow-wrap: anywhere; }
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => ENTITIES[each] ?? each);

export const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} - Tessera</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body><main>
<h1>${escaped(title)}</h1>
${content}
</main></body>
</html>
`;

const wrongOf = (wrong: string | undefined): string =>
  wrong === undefined ? '' : `<p class="wrong" role="alert">${escaped(wrong)}</p>`;

const form = (step: string, fields: string, button: string): string =>
  `<form method="post"><input type="hidden" name="step" value="${step}">${fields}<button>${escaped(button)}</button></form>`;

export const passwordPage = (wrong?: string): string =>
  page(
    'Sign in',
    wrongOf(wrong) +
      form(
        'password',
        `<label for="email">E-mail</label><input id="email" name="email" type="email" autocomplete="username" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>`,
        'Sign in',
      ),
  );

export const newPasswordPage = (wrong?: string): string =>
  page(
    'Choose a password',
    `<p>The password that you were given was to begin with. Choose one of your own, at least 12 characters long.</p>${wrongOf(wrong)}` +
      form(
        'new-password',
        `<label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="12" required autofocus>
<label for="repeated">Once more</label><input id="repeated" name="repeated" type="password" autocomplete="new-password" required>`,
        'Go on',
      ),
  );

const CODE_FIELD = `<label for="code">Code of six digits</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" required autofocus>`;

export const codePage = (wrong?: string): string =>
  page('Second factor', `<p>Open your authenticator app.</p>${wrongOf(wrong)}${form('code', CODE_FIELD, 'Sign in')}`);

export const enrolmentPage = ({ secret, uri }: Enrolment, wrong?: string): string =>
  page(
    'Set up your second factor',
    `<p>Your role needs one. Scan this with an authenticator app, or <a href="${escaped(uri)}">open it</a> on this device, and enter the code that it shows.</p>
<div class="code">${renderSVG(uri)}</div>
<p>To type instead: <code>${secret}</code></p>${wrongOf(wrong)}${form('code', CODE_FIELD, 'Sign in')}`,
  );

export const signedOutPage = (): string => page('Signed out', '<p>You are signed out here.</p>');

/** `logoutForm`: the provider's own form, with its guard against forgery. */
export const signOutPage = (logoutForm: string): string =>
  page(
    'Sign out?',
    `${logoutForm}<button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button class="second" form="op.logoutForm">Stay signed in</button>`,
  );

export const faultPage = (what: string): string =>
  page('That did not work', `<p>${escaped(what)}</p><p>Go back to the page that you came from, and try again.</p>`);
