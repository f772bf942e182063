import { z } from 'zod';
import { OtherAnswerError } from '../api/parse-answer.js';
import { canonicalId, shownId } from './contact-id.js';
import type { Contact } from './types.js';

const contact = z.looseObject({ id: z.string() });
const contactAnswer = z.object({ data: contact });
export const listAnswer = z.object({
  data: z.array(contact),
  pagination: z.object({ total_count: z.number(), total_pages: z.number() }),
  meta: z.object({ timestamp: z.string().nullish() }).nullish().catch(null),
});
const enumValue = z
  .object({ key: z.string(), display_value: z.string().nullish() })
  .transform(({ key, display_value }) => ({ key, display_value: display_value ?? key }));
export const schemaAnswer = z.object({
  data: z.array(
    z.looseObject({
      name: z.string(),
      key: z.string(),
      type: z.string(),
      filterable: z.boolean().nullish(),
      sortable: z.boolean().nullish(),
      updatable: z.boolean().nullish(),
      allowed_operators: z.array(z.string()).nullish(),
      custom_field_settings: z.looseObject({ is_ai_auto_filled: z.boolean().nullish() }).nullish(),
      enum_field_settings: z.object({ allowed_values: z.array(enumValue) }).nullish(),
    }),
  ),
});
export const tagsAnswer = z.object({ data: z.array(z.object({ id: z.string(), name: z.string() })) });

const organisation = z
  .looseObject({ id: z.string().min(1), name: z.string().nullish() })
  .transform(({ id, name }): Organisation => ({ id, name: name ?? null }));
export const meAnswer = z.union([
  z.object({ data: z.object({ organization: organisation }) }).transform(({ data }) => data.organization),
  z.object({ data: z.object({ organisation }) }).transform(({ data }) => data.organisation),
  z.unknown().transform(() => null),
]);

/** Whose contacts they are. */
export interface Organisation {
  id: string;
  name: string | null;
}

/** Takes the contact out of an answer, if it is the one that was asked for. */
export function contactParser(id: string, shape: (shown: Contact) => Contact): (body: unknown) => Contact {
  return (body) => {
    const { data } = contactAnswer.parse(body);
    if (canonicalId(data.id) !== canonicalId(id)) {
      throw new OtherAnswerError(
        `the answer is about contact ${shownId(data.id)}: this one may have been merged into it`,
      );
    }
    return shape(data);
  };
}
