const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The form in which ids are compared: UUIDs in lower case, any other id as it is. */
export function canonicalId(id: string): string {
  return isUuid(id) ? id.toLowerCase() : id;
}

/** Whether an id, whatever its form, would name another address as part of a path: encoding leaves these as they are. */
export function isPathStep(id: string): boolean {
  return id === '.' || id === '..';
}

/** A prefix as APIs give it, and letters and digits that no person chose. */
const RANDOM_ID = /^con_(?=[0-9A-Za-z]*\d)[0-9A-Za-z]{4,64}$/;

/** Whether an id tells nothing of the person: a UUID, or one such as `con_8fK2x`. An e-mail address is an id, too. */
export function isOpaqueId(id: string): boolean {
  return isUuid(id) || RANDOM_ID.test(id);
}

/** An id as logs and messages may show it. */
export function shownId(id: string): string {
  return isOpaqueId(id) ? id : '…';
}
