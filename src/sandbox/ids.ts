const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether something is a UUID, of any version and in any case. */
export function isUuid(text: unknown): boolean {
  return typeof text === 'string' && UUID.test(text);
}

/** UUIDs are compared in lower case; other ids (`con_…`) as they are. */
export function canonicalId(id: string): string {
  return isUuid(id) ? id.toLowerCase() : id;
}
