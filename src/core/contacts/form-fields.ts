/** Keys of the fields whose values can differ in format alone. */
export const FORM_FIELDS = ['email', 'phone_number', 'linkedin_url'] as const;
