/** The page's nonce: the policy lets only style elements in that carry it. */
const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');

// Browsers hide the attribute from selectors, not from scripts.
export const nonce = meta?.nonce ?? '';

// Where react-remove-scroll, which the kit's dialogs use, looks for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });
