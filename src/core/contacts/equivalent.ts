import { cleanText } from '../model/values.js';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** The same number in another notation. A number without its country is taken to be in the other one's. */
export function samePhone(a: string, b: string): boolean {
  const left = parsePhoneNumberFromString(a);
  const right = parsePhoneNumberFromString(b);
  if (left && right) return left.isEqual(right);
  const known = left ?? right;
  if (!known) return digits(a) !== '' && digits(a) === digits(b);
  const country = known.country;
  const other = parsePhoneNumberFromString(left ? b : a, country ? { defaultCountry: country } : undefined);
  return other !== undefined && known.isEqual(other);
}

/** The same address in other letter case. */
export function sameEmail(a: string, b: string): boolean {
  return emailForm(a) === emailForm(b);
}

/** An e-mail address as it is compared: without letter case. */
export function emailForm(address: string): string {
  return fold(address);
}

/** The same LinkedIn page: scheme, `www.` or a country's subdomain, letter case, query and a final slash do not count. */
export function sameProfileUrl(a: string, b: string): boolean {
  return profilePath(a) === profilePath(b);
}

/** The page that a LinkedIn URL names, such as `linkedin.com/in/ana`. */
export function profilePath(url: string): string {
  const page = fold(url)
    .replace(/^https?:\/\//, '')
    .replace(/^(www|m|[a-z]{2})\.(?=linkedin\.com)/, '')
    .split(/[?#]/, 1)[0]!;
  let end = page.length;
  while (page[end - 1] === '/') end--;
  return page.slice(0, end);
}

function digits(text: string): string {
  return text.replace(/[\s().\-/]/g, '');
}

function fold(text: string): string {
  return cleanText(text).toLowerCase();
}
