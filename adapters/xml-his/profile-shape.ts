/** What a profile file says, after it was checked. */
import type { ErrorClass } from '#adapter-kit';

/** profile.schema.json says what each member means. */
export interface Profile {
  readonly profile: string;
  readonly title: string;
  readonly transport: SoapTransport | RestTransport;
  readonly authentication?: 'in-request' | 'basic' | 'username-token-text' | 'username-token-digest';
  readonly namespaces: Readonly<Record<string, string | readonly string[]>>;
  readonly names?: 'qualified' | 'local';
  readonly lists?: readonly string[];
  readonly charset?: string;
  readonly outcome: {
    readonly success: readonly SuccessCondition[];
    readonly codePaths: readonly string[];
    readonly codes: Codes;
    readonly faultCodes?: Codes;
    readonly faultDetail?: readonly string[];
  };
  readonly operations: Readonly<Record<string, OperationProfile>>;
  readonly pushes?: readonly PushProfile[];
}

export interface PushProfile {
  readonly message: string;
  readonly key?: readonly string[];
  readonly slots?: readonly string[];
  readonly appointments?: readonly string[];
  readonly now?: 'free' | 'taken';
  readonly directory?: boolean;
  readonly answer: string;
  readonly failed?: string;
}

export interface SoapTransport {
  readonly kind: 'soap';
  readonly version: '1.1' | '1.2';
  readonly prefixes?: Readonly<Record<string, string>>;
  readonly header?: string;
}

export interface RestTransport {
  readonly kind: 'rest';
  readonly wrapper?: string;
}

export interface SuccessCondition {
  readonly path: string;
  readonly equals?: string;
  readonly in?: readonly string[];
  readonly present?: boolean;
}

export type Codes = Readonly<Record<string, { readonly class: ErrorClass; readonly reason: string }>>;

export interface OperationProfile {
  readonly action?: string;
  readonly path?: string;
  readonly write?: boolean;
  readonly each?: string;
  readonly values?: string;
  readonly request: string;
  readonly result: string;
  readonly inner?: string;
  readonly rows?: readonly string[];
  readonly split?: readonly { readonly path: string; readonly on: string }[];
  readonly mapping?: string;
  readonly success?: readonly SuccessCondition[];
  readonly codes?: Codes;
  readonly readBack?: boolean;
  readonly windowDays?: number;
}
