import { findInvisible } from '../model/invisible.js';
import { cut } from './damage-formula.js';

/** What an address looks like without what was copied along with it. */
export type AddressKind = 'email' | 'phone' | 'url';

const SCHEMES: Readonly<Record<AddressKind, RegExp>> = {
  email: /^(?:mailto|smtp|e-?mail)\s*:/i,
  phone: /^(?:tel|callto|sms|fax|phone|mobile|whatsapp|sip)\s*:/i,
  url: /^(?:url|link|linkedin)\s*:\s*(?=\S)/i,
};
const OPENING = /^[<"'`“”„«‹‘’,;[({|]/;
/** Brackets belong to phone numbers: `+44 (0)20`. */
const PHONE_OPENING = /^[<"'`“”„«‹‘’,;[{|]/;
const CLOSING = /[>"'`“”»›‘’,;\]})|]$/;
const PHONE_CLOSING = /[>"'`“”»›‘’,;\]}|]$/;
const MARKDOWN = /^\[[^\]]*\]\(/;

/** What stands around an address and is no part of it, or hides in it. */
export function wrappedAddress(cell: string, kind: AddressKind): string | undefined {
  const hidden = findInvisible(cell);
  if (hidden !== undefined) return `"${cut(cell)}" has an invisible character in it (${hidden})`;
  if (SCHEMES[kind].test(cell)) return `"${cut(cell)}" begins with the name of a protocol`;
  const [opening, closing] = kind === 'phone' ? [PHONE_OPENING, PHONE_CLOSING] : [OPENING, CLOSING];
  // A closing bracket that was opened is a part of a URL.
  const isOpen = kind === 'url' && cell.endsWith(')') && cell.includes('(') && !MARKDOWN.test(cell);
  if (opening.test(cell) || (closing.test(cell) && !isOpen)) {
    return `"${cut(cell)}" has quotes, brackets or punctuation around it`;
  }
  if (kind === 'email' && /[<>"]/.test(cell)) return `"${cut(cell)}" has a name or brackets beside the address`;
  return undefined;
}

/** A number, date or address behind the apostrophe that guards text in a spreadsheet. `'t Hooft` is a name. */
export function guardingApostrophe(cell: string): string | undefined {
  if (!/^['’‘`´]/.test(cell)) return undefined;
  const rest = cell.slice(1).trim();
  const isNumber = /^[+-]?[\d(][\d\s().,/:+-]*$/.test(rest) && rest.replace(/\D/g, '').length > 2;
  const isAddress = /^\S+@\S+\.\S+$/.test(rest) || /^(?:https?:\/\/|www\.)\S+$/i.test(rest);
  const isWord = /^(?:true|false|null)$/i.test(rest);
  return isNumber || isAddress || isWord
    ? `"${cut(cell)}" begins with the ' that guards text in a spreadsheet`
    : undefined;
}
