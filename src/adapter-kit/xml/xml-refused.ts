/** Why a document, or a text for one, is not taken. One word each, for ledgers and tests. */
export type XmlRefusal =
  | 'charset'
  | 'multipart'
  | 'too-large'
  | 'doctype'
  | 'too-deep'
  | 'too-many-elements'
  | 'too-many-attributes'
  | 'too-many-references'
  | 'reference'
  | 'name'
  | 'namespace'
  | 'malformed'
  | 'multiref'
  | 'time'
  | 'character';

/** Thrown by this folder and by nothing else. `message` says what was expected, and never shows a value of the document. */
export class XmlRefused extends Error {
  readonly reason: XmlRefusal;

  constructor(reason: XmlRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'XmlRefused';
    this.reason = reason;
  }
}
