import { trimBlank } from './invisible.js';

/** A field's value as the plan keeps it and the PATCH sends it. Tags are names here and become ids in the body. */
export type FieldValue = string | number | boolean | null | string[];

/** A cell that was read, or what was expected instead. */
export type Parsed = { value: FieldValue } | { expected: string };

/** How one type of field is read from a cell, read from a contact, and compared. All functions are pure. */
export interface FieldType {
  name: string;
  /** A trimmed, non-empty cell to the value that the PATCH sends. */
  parse(text: string): Parsed;
  /** The API's value to the form that `parse` gives, so that the two can be compared and put back. */
  read(live: unknown): FieldValue;
  /** Exact comparison of two values, after trimming and NFC. */
  same(a: FieldValue, b: FieldValue): boolean;
  /** Values with the same form differ only in how they are written (phone, e-mail, URL). */
  sameForm?(a: string, b: string): boolean;
  /** What can be added to a value: lines of a text, or items of a list. Absent: it can only be replaced. */
  grows?: 'lines' | 'items';
}

/** Null, empty text and an empty list all say "nothing there"; servers differ in which one they return. */
export function isEmpty(value: FieldValue): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Text as it is compared: without blanks at both ends, in Unicode NFC. It is sent as the file has it. */
export function cleanText(text: string): string {
  return trimBlank(text).normalize('NFC');
}

/** The items of a `;` list, trimmed, empty ones dropped. */
export function splitList(text: string): string[] {
  return text.split(';').map(trimBlank).filter(Boolean);
}
