/**
 * The contract between the hub and an adapter: a type, and the conformance suite that holds every adapter to it.
 * The core is small and required; capabilities are separate optional interfaces, declared in the manifest.
 */
import type {
  Evidence,
  Finding,
  HumanName,
  Identifier,
  ManagedBy,
  Mode,
  Outcome,
  Address,
  Refusal,
} from '../domain/index.ts';
import type { Call } from './call.ts';

export const CONTRACT_VERSION = 1;

/** A capability and the one method that provides it. */
export const CAPABILITY_METHODS = {
  FindsSlots: 'findSlots',
  ListsAppointments: 'listAppointments',
  Reschedules: 'reschedule',
  ListsProviders: 'listProviders',
  ListsLocations: 'listLocations',
  MatchesPatients: 'matchPatient',
  CreatesPatients: 'createPatient',
  UpdatesPatients: 'updatePatient',
  HoldsSlots: 'hold',
  ReceivesNotices: 'receive',
  ReceivesPushes: 'receivePush',
  ChecksItself: 'check',
} as const;
export type Capability = keyof typeof CAPABILITY_METHODS;

export interface Manifest {
  /** The adapter's directory name. */
  readonly id: string;
  readonly title: string;
  readonly contractVersion: typeof CONTRACT_VERSION;
  /** `hub`: the hub keeps the book of such a connection itself, and hands it to the adapter as `call.hubBook`. */
  readonly managedBy: ManagedBy;
  readonly capabilities: readonly Capability[];
  /** How a write whose answer was lost is found again. `none`: it never is, such transactions go to needs_review. */
  readonly lookup: 'by-client-reference' | 'by-slot-and-patient' | 'none';
  /** JSON Schema (2020-12) of a connection's `config`. */
  readonly configSchema: object;
  /**
   * Names of the secrets that a connection may be given, e.g. privateKey (PEM); for one that it needs and has not, `connect` throws
   * `misconfigured` with the name in quotes. `tlsCa`, `tlsCertificate`, `tlsKey` (PEM) are tried by the hub's own check too.
   */
  readonly secrets: readonly string[];
}

export interface ConnectionSettings {
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** A slot as the HIS is told about it. `start`/`end`: RFC 3339 instants. */
export interface SlotAtHis {
  readonly externalId: string;
  readonly providerExternalId: string;
  readonly locationExternalId: string;
  readonly start: string;
  readonly end: string;
  /** IANA zone of the location. */
  readonly timeZone: string;
  readonly mode: Mode;
  /** Seat of a slot with a capacity above one, from 1. */
  readonly seat: number;
  /** Whatever else the adapter's own slot search returned in `details`, e.g. a visit type. No PHI. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Person {
  readonly name: HumanName;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  readonly email: string | null;
  /** E.164 */
  readonly phone: string | null;
  readonly address: Address | null;
  readonly identifiers: readonly Identifier[];
}

export interface PatientAtHis extends Person {
  readonly externalId: string;
}

export interface BookRequest {
  readonly slot: SlotAtHis;
  readonly patient: PatientAtHis;
  readonly mode: Mode;
  readonly reason: string | null;
}

export interface CancelRequest {
  readonly externalId: string;
  readonly identifiers: readonly Identifier[];
  readonly slot: SlotAtHis;
  readonly patient: PatientAtHis;
  readonly reason: string | null;
}

export interface RescheduleRequest extends CancelRequest {
  readonly to: SlotAtHis;
}

/** Asks whether a write was executed. `kind` says which, the rest is what was sent. */
export type LookupRequest =
  | (BookRequest & {
      readonly kind: 'book';
      /** Appointments of this patient that the hub knows to belong to other transactions: none of them is ours. */
      readonly knownExternalIds: readonly string[];
    })
  | (CancelRequest & { readonly kind: 'cancel' })
  | (RescheduleRequest & { readonly kind: 'reschedule' });

/** The required core. */
export interface Connector extends Partial<Capabilities> {
  /** Books. Called at most once per attempt; never after an attempt that may have been executed, before `lookup` said absent. */
  book(call: Call, request: BookRequest): Promise<Outcome>;
  /** Cancels. Not found at the HIS is a refusal `not-found`; already cancelled is a success. */
  cancel(call: Call, request: CancelRequest): Promise<Outcome>;
  /** Says whether the write of `call.transactionId` was executed. Reads only. */
  lookup(call: Call, request: LookupRequest): Promise<Finding>;
  /** Ends whatever is open. */
  close(): Promise<void>;
}

export interface Capabilities {
  /** Free slots starting in [from, to), in pages of the adapter's choosing. */
  findSlots(call: Call, window: { readonly from: string; readonly to: string }): AsyncIterable<readonly FoundSlot[]>;
  /**
   * Appointments that start in [from, to), cancelled ones too where the HIS shows them: all there are; or, where the HIS can only be
   * asked about a patient, those of `patients` (their keys at the HIS). What is not among them does not exist there.
   */
  listAppointments(
    call: Call,
    request: { readonly from: string; readonly to: string; readonly patients: readonly string[] },
  ): AsyncIterable<readonly FoundAppointment[]>;
  /** Moves an appointment in place. Without it the hub books the new slot, then cancels the old one. */
  reschedule(call: Call, request: RescheduleRequest): Promise<Outcome>;
  listProviders(call: Call): AsyncIterable<readonly FoundProvider[]>;
  listLocations(call: Call): AsyncIterable<readonly FoundLocation[]>;
  /** The patient at the HIS: one, none, or more than one (then nobody is chosen). */
  matchPatient(call: Call, person: Person): Promise<PatientMatch>;
  createPatient(call: Call, person: Person): Promise<Outcome>;
  /** Brings the HIS's record of a patient up to date. */
  updatePatient(call: Call, patient: PatientAtHis): Promise<Outcome>;
  /** Reserves a slot at the HIS (`release: false`), or gives it back. A HIS's hold may never end by itself: the hub releases it. */
  hold(call: Call, request: { readonly slot: SlotAtHis; readonly release: boolean }): Promise<Outcome>;
  /**
   * Reads a message that a HIS sent by itself, as far as its answer needs: the sender waits for it. Undefined: it is not from this
   * connection's HIS. Reads nothing but the message: it is read again when it is applied, perhaps by another process.
   */
  receive(call: Call, message: Uint8Array): Promise<ReceivedMessage | undefined>;
  /**
   * Reads what a HIS has posted to the hub by itself; it came with the connection's secret `pushSecret`, which the manifest must
   * name. Throws AdapterError `protocol` when it cannot be understood: the hub keeps it, and reads the HIS as a whole instead; and
   * `misconfigured` with reason `no-pushes` where the settings of the connection name none.
   */
  receivePush(call: Call, pushed: Pushed): Promise<ReceivedPush>;
  /** Tries the connection without changing anything, step by step; stops after the first step that failed. */
  check(call: Call): AsyncIterable<CheckStep>;
}

/** auth: credentials are accepted; read: something can be read; map: what was read is understood; write: a booking could be sent (dry). */
export interface CheckStep {
  readonly step: 'auth' | 'read' | 'map' | 'write';
  readonly ok: boolean;
  /** For a person: what was tried and, when it failed, what to do. No PHI, no credentials. */
  readonly detail: string;
  /** Of a step that is not ok: the HIS is at work all the same, it has answered that it does not do this. */
  readonly isAtWork?: boolean;
}

export interface ReceivedMessage {
  /** The sender's key of the message (MSH-10, say). A sender may use one twice: the content decides. */
  readonly messageId: string;
  /** What its sender calls such a message, e.g. SIU^S12. No PHI. */
  readonly kind: string;
  /** What is wrong with it, by the rules of its own standard; undefined: nothing that shows before it is applied. */
  readonly fault?: MessageFault | undefined;
  /**
   * What the message says, in its order. Empty: nothing that concerns scheduling. Made when first asked for: throws AdapterError
   * `protocol` when it cannot be understood.
   */
  readonly notices: readonly Notice[];
  /** What the sender is to be told once the message is stored (with its fault, if it has one), or could not be; undefined: it wants no answer. */
  acknowledge(verdict: 'stored' | 'failed'): Uint8Array | undefined;
}

export interface Pushed {
  readonly contentType: string | undefined;
  /** Empty where a HIS says by the request itself that something has changed. */
  readonly body: Uint8Array;
}

/** Where to look, not what is there: what a push says is never written into the model, it is read at the HIS. */
export interface ReceivedPush {
  /** The sender's key of it. The same key with the same body is the same push. */
  readonly messageId: string;
  /** Empty: nothing has changed (a handshake, a heartbeat). */
  readonly changes: readonly PushedChange[];
  /** Where the sender counts what it tells: `numbers` of this push, `latest` of all that it has told so far. */
  readonly counted?: { readonly feed: string; readonly numbers: readonly number[]; readonly latest: number };
  /** What the sender is told, and with which Content-Type; undefined: the status says it all. */
  acknowledge(verdict: 'stored' | 'failed'): { readonly contentType: string; readonly body: string } | undefined;
}

export type PushedChange =
  | {
      readonly kind: 'slot' | 'appointment';
      readonly externalId: string;
      /** RFC 3339 instant, where the push says it: so that what the hub does not know yet is found, too. */
      readonly start?: string;
      /** Where the push says it. What the hub knows already is not asked about again. */
      readonly now?: 'free' | 'taken';
    }
  /** A provider or a location. */
  | { readonly kind: 'directory' }
  /** Something has changed, and the HIS does not say what. */
  | { readonly kind: 'anything' };

/**
 * refused  the sender must mend it, whatever it says (a message of a kind that is not taken): not kept
 * kept     its content cannot be used: the sender is told, and a person is shown it
 */
export interface MessageFault {
  readonly kind: 'refused' | 'kept';
  /** A word, for metrics and for people. */
  readonly code: string;
  /** What was expected, and where; never what stands there. */
  readonly detail: string;
}

/** Something that changed at the HIS. `at`: when, by the HIS's own clock (RFC 3339 instant). */
export type Notice =
  /** `mentioned`: named in passing, by key and name only; what is known already stays. */
  | { readonly kind: 'location'; readonly at: string; readonly location: FoundLocation; readonly mentioned?: true }
  | { readonly kind: 'provider'; readonly at: string; readonly provider: FoundProvider; readonly mentioned?: true }
  /** A slot became bookable. */
  | { readonly kind: 'slot'; readonly at: string; readonly status: 'free'; readonly slot: FoundSlot }
  /** Nothing within this time is bookable any more. `externalId`: the HIS's key of the block. */
  | {
      readonly kind: 'slot';
      readonly at: string;
      readonly status: 'busy';
      readonly externalId: string;
      readonly time: ProviderTime;
    }
  | {
      readonly kind: 'appointment';
      readonly at: string;
      readonly event: 'booked' | 'moved' | 'modified' | 'cancelled' | 'noshow';
      readonly externalId: string;
      /** Our own reference, when the HIS repeats it (the placer's id): the transaction that made the appointment. */
      readonly transactionId?: string;
      /** The patient, by the key it was booked under. */
      readonly patientExternalId?: string;
      /** Whose time it takes now; after a cancellation, whose it took. */
      readonly time?: ProviderTime;
    }
  /** A patient's data at the HIS; what is absent was not told. `keys`: all that name this patient, the one to use first. */
  | {
      readonly kind: 'patient';
      readonly at: string;
      readonly event: 'registered' | 'updated';
      readonly keys: readonly string[];
      readonly person: ToldPerson;
    }
  /** Two patients of the HIS are one: `survivor` is left, `retired` names it from now on. */
  | { readonly kind: 'merge'; readonly at: string; readonly survivor: readonly string[]; readonly retired: string }
  /** A refusal that comes after all, to the message whose key was `answers`. */
  | { readonly kind: 'answer'; readonly at: string; readonly answers: string; readonly refusal: Refusal };

export interface ToldPerson {
  readonly name?: HumanName | undefined;
  /** YYYY-MM-DD */
  readonly birthDate?: string | undefined;
  readonly email?: string | undefined;
  /** E.164 */
  readonly phone?: string | undefined;
  readonly address?: Address | undefined;
}

/** A stretch of a provider's time: RFC 3339 instants, [start, end). */
export interface ProviderTime {
  readonly providerExternalId: string;
  readonly start: string;
  readonly end: string;
}

export type PatientMatch =
  { readonly kind: 'one'; readonly evidence: Evidence } | { readonly kind: 'none' } | { readonly kind: 'many' };

/** contracts/schemas/his-slot.schema.json */
export interface FoundSlot {
  readonly externalId: string;
  readonly providerExternalId: string;
  readonly locationExternalId: string;
  readonly start: string;
  readonly end: string;
  readonly mode?: Mode;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An appointment as a HIS lists it. */
export interface FoundAppointment {
  readonly externalId: string;
  readonly status: 'booked' | 'cancelled';
  /** RFC 3339 instants. */
  readonly start: string;
  readonly end?: string;
  readonly slotExternalId?: string;
  readonly providerExternalId?: string;
  readonly locationExternalId?: string;
  readonly patientExternalId?: string;
  /** The hub's reference, where the HIS shows it: the transaction that booked. */
  readonly transactionId?: string;
}

/** contracts/schemas/his-provider.schema.json */
export interface FoundProvider {
  readonly externalId: string;
  readonly name: HumanName;
  readonly email?: string;
  readonly phone?: string;
  readonly specialties?: readonly string[];
  readonly languages?: readonly string[];
  readonly insurances?: readonly string[];
  readonly locationExternalIds?: readonly string[];
  readonly identifiers?: readonly Identifier[];
}

/** contracts/schemas/his-location.schema.json */
export interface FoundLocation {
  readonly externalId: string;
  readonly name: string;
  /** IANA zone; absent where the HIS does not say, then the connection's default is used. */
  readonly timeZone?: string;
  readonly address?: Address;
}

export interface Adapter {
  readonly manifest: Manifest;
  connect(settings: ConnectionSettings): Connector;
}

/** Declares an adapter; the default export of adapters/<vendor>/index.ts. */
export function defineAdapter(adapter: Adapter): Adapter {
  return adapter;
}

/** Every declared capability has its method, and the reverse. Throws a plain Error that names what is missing. */
export function assertCapabilities(manifest: Manifest, connector: Connector): void {
  for (const [capability, method] of Object.entries(CAPABILITY_METHODS)) {
    const declared = manifest.capabilities.includes(capability as Capability);
    const present = typeof connector[method] === 'function';
    if (declared !== present) {
      const problem = declared
        ? `declares ${capability} but has no ${method}()`
        : `has ${method}() but does not declare ${capability}`;
      throw new Error(`adapter ${manifest.id} ${problem}`);
    }
  }
}
