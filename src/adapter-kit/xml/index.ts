/** XML for adapters: bytes to text, text to a plain tree, values to text that can stand in a document. */
export { decodeXml, type DecodedXml } from './decode.ts';
export { encodeXml, type XmlContext } from './encode.ts';
export { XML_LIMITS, type XmlLimits } from './limits.ts';
export { parseXml, type XmlObject, type XmlShape, type XmlValue } from './tree.ts';
export { XmlRefused, type XmlRefusal } from './xml-refused.ts';
