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
