/** The result, on standard output. */
export function say(text: string): void {
  console.log(printable(text));
}

/** Anything else that a person should know, on standard error. */
export function tell(text: string): void {
  console.error(printable(text).replace(/^/gm, 'contact-sync: '));
}

/** Control characters of a file's cells must not reach the terminal: they are shown instead. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
