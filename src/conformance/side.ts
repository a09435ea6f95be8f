/** The other side of a connector: a simulated HIS, or the hub's own book. What behaviours do to it, and see in it. */
import type { HubBook, PatientAtHis, SlotAtHis } from '../adapter-kit/index.ts';
import type { Fault, LookupProfile, RunningSimulator } from '../adapter-kit/simulator/index.ts';
import type { Control } from './control.ts';
import type { HeardFeed } from './heard-feed.ts';

/** An appointment that it holds. */
export interface Held {
  readonly externalId: string;
  readonly slotId: string | undefined;
  readonly status: 'booked' | 'cancelled';
}

export interface Window {
  /** RFC 3339: [from, to). */
  readonly from: string;
  readonly to: string;
}

export interface Side {
  /** What a hub needs to connect to it. */
  readonly settings: RunningSimulator['connection'];
  /** Undefined for the hub's own book, to which nothing has to be sent. */
  readonly his: { readonly speaks: 'http' | 'mllp'; readonly port: number; readonly control: Control } | undefined;
  readonly hubBook: HubBook | undefined;
  /** What it tells by itself. */
  readonly feed: HeardFeed | undefined;
  /** Somebody whom it knows. */
  patient(): Promise<PatientAtHis>;
  /** A provider of each location, with the location's zone. */
  places(): Promise<readonly { readonly providerId: string; readonly timeZone: string }[]>;
  /** What it holds as free. */
  slotsIn(window: Window): Promise<SlotAtHis[]>;
  /** Makes a slot outside its template; returns the slot's key. */
  addSlot(providerId: string, start: string, end: string): Promise<string>;
  /** The appointments that a transaction made. */
  effectsOf(transactionId: string): Promise<Held[]>;
  holding(externalId: string): Promise<Held | undefined>;
  /** Somebody else books the slot. */
  takeSlot(slot: SlotAtHis): Promise<void>;
  /** Throws NotApplicable for what cannot go wrong here. */
  fault(fault: Fault): Promise<void>;
  profile(lookup: LookupProfile): Promise<void>;
  close(): Promise<void>;
}
