/** Reads the word that turns a switch on or off. @returns undefined where it is none */
export function readSwitch(text: string): boolean | undefined {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  return /^(false|0|no|off|)$/i.test(text) ? false : undefined;
}
