/** Answers in the shapes of Epic: FHIR bundles and OperationOutcomes, ASP.NET exceptions, and the web server's own pages. */
import type { QuirkValue, VendorAnswer } from '#adapter-kit/simulator';
import { OUTCOME_SYSTEM } from './hospital.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Severity, FHIR issue code and text by Epic's own code. Source: error code table of fhir.epic.com. */
const ISSUES = {
  '4100': ['fatal', 'invalid', 'The resource request contained an invalid parameter.'],
  '4101': ['warning', 'processing', 'Resource request returns no results.'],
  '4107': ['fatal', 'deleted', 'The resource has been merged.'],
  '4113': ['fatal', 'processing', 'Session ID for paged request has expired.'],
  '4118': ['fatal', 'forbidden', 'User is not authorized for the request.'],
  '4119': ['warning', 'incomplete', 'Additional data may exist for this patient.'],
  '4122': ['warning', 'value', 'An unknown parameter was ignored.'],
  '4127': ['fatal', 'too-costly', 'The search returned too many results. Narrow the search.'],
  '4130': ['fatal', 'forbidden', 'Break-the-Glass security prevents access to this record.'],
  '59109': ['information', 'value', 'An optional element contained an invalid value and has been ignored.'],
  '59111': ['fatal', 'required', 'A required element is missing.'],
  '59134': ['information', 'processing', 'Processing issues.'],
  '59144': ['fatal', 'not-found', 'The reference provided was not found.'],
  '59159': ['fatal', 'business-rule', 'A business rule prevents the request.'],
  '59177': ['fatal', 'exception', 'An unexpected internal error has occurred.'],
  '59200': [
    'warning',
    'not-found',
    'The Cadence Decision Tree was unable to determine a Visit Type based on the supplied parameters. Check the request parameters and decision tree build.',
  ],
} as const;
export type IssueCode = keyof typeof ISSUES;

export interface Issue {
  readonly code: IssueCode;
  readonly diagnostics?: string;
  /** The element meant, e.g. `appointment`. */
  readonly expression?: string;
}

export function json(status: number, body: unknown, type = 'application/json'): VendorAnswer {
  return { status, headers: { 'content-type': `${type}; charset=utf-8` }, body: JSON.stringify(body) };
}

export function fhir(status: number, body: Json): VendorAnswer {
  const answer = json(status, body, 'application/fhir+json');
  return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-cache,no-store', pragma: 'no-cache' } };
}

export function operationOutcome(issues: readonly Issue[]): Json {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ code, diagnostics, expression }) => {
      const [severity, type, text] = ISSUES[code];
      return {
        severity,
        code: type,
        details: { coding: [{ system: OUTCOME_SYSTEM, code, display: text }], text },
        ...(diagnostics === undefined ? {} : { diagnostics }),
        ...(expression === undefined ? {} : { location: [`/f:${expression}`], expression: [expression] }),
      };
    }),
  };
}

export function refusal(status: number, ...issues: readonly Issue[]): VendorAnswer {
  return fhir(status, operationOutcome(issues));
}

export interface Match {
  readonly fullUrl: string;
  readonly resource: Json;
  /** Search results of appointments carry their own link; proposals of $find do not. */
  readonly linked?: boolean;
}

/** Nothing found is 200 too, with an outcome entry in the place of a match. */
export function searchset(
  self: string,
  matches: readonly Match[],
  notes: readonly Issue[] = [],
  next?: string,
): VendorAnswer {
  const issues: Issue[] = matches.length === 0 ? [...notes, { code: '4101' }] : [...notes];
  return fhir(200, {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    link: [{ relation: 'self', url: self }, ...(next === undefined ? [] : [{ relation: 'next', url: next }])],
    entry: [
      ...matches.map(({ fullUrl, resource, linked }) => ({
        ...(linked ? { link: [{ relation: 'self', url: fullUrl }] } : {}),
        fullUrl,
        resource,
        search: { mode: 'match' },
      })),
      ...(issues.length === 0
        ? []
        : [
            {
              fullUrl: 'urn:uuid:00000000-0196-b030-7276-5ae35f23e392',
              resource: operationOutcome(issues),
              search: { mode: 'outcome' },
            },
          ]),
    ],
  });
}

/** What a FHIR endpoint sends when the Accept header does not ask for JSON. */
export const XML_BUNDLE: VendorAnswer = {
  status: 200,
  headers: { 'content-type': 'application/fhir+xml; charset=utf-8' },
  body: '<?xml version="1.0" encoding="utf-8"?><Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/><total value="0"/></Bundle>',
};

/** A refusal of the services. `told`: quirk E11, how much of the exception is told. */
export function commandFailed(text: string, told: QuirkValue = true, status = 400): VendorAnswer {
  if (told === false) return { status, headers: { 'content-type': 'text/plain' }, body: text };
  // The codes of a list come in any order, and one of them counts.
  const listed = told === 'lists' ? 'MAKE-FAIL details: code:APTWARN ERROR Details:34, 25.' : text;
  const message = `An error occurred while executing the command: ${listed}`;
  const traced = {
    StackTrace: '   at Epic.Cadence.Checks.SlotTaken.Run(Request request)\r\n   at Epic.Core.Command.Execute()',
    InnerException: { Message: 'An error has occurred.', ExceptionMessage: listed, StackTrace: null },
  };
  return interconnect(status, {
    Message: message,
    ExceptionMessage: message,
    ExceptionType: 'System.Web.HttpException',
    ...(told === 'stack-traces' || told === 'lists' ? traced : { StackTrace: null }),
  });
}

export function interconnect(status: number, body?: unknown): VendorAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      server: 'Microsoft-IIS/10.0',
      'x-powered-by': 'ASP.NET',
    },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

export function serverPage(status: number, title: string): VendorAnswer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=us-ascii', server: 'Microsoft-HTTPAPI/2.0' },
    body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><HTML><HEAD><TITLE>${title}</TITLE></HEAD><BODY><h2>${title}</h2><hr><p>HTTP Error ${status}. ${title}.</p></BODY></HTML>`,
  };
}
