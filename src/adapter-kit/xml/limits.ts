/** What a document may cost. A limit that is 0 refuses; none of them means "no limit". */
export interface XmlLimits {
  /** Of the message as it came, and of a document inside a text. */
  readonly bytes: number;
  readonly depth: number;
  /** In the first megabyte of text, and as many more with each that begins. */
  readonly elementsPerMegabyte: number;
  /** Of one element, namespace declarations included. */
  readonly attributes: number;
  /** `&` of any kind, in the whole document, also where it is none (CDATA). */
  readonly references: number;
  /** For all of a document; ms. Looked at now and then: what comes between takes some tens of it. */
  readonly timeMs: number;
}

/** The limits of a careful reader; the references allow a page in which every letter of a name is written as one. */
export const XML_LIMITS: XmlLimits = {
  bytes: 5_000_000,
  depth: 128,
  elementsPerMegabyte: 20_000,
  attributes: 256,
  references: 20_000,
  timeMs: 2_000,
};
