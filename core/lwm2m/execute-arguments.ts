// The arguments of an Execute (LwM2M Core 1.1.1 s6.3.5): a list of digits, each at most once and
// each perhaps with a text, like `0='on',5`. What a digit means is said by the object.

/** `DIGIT` or `DIGIT='CHARACTERS'`, where a character is printable ASCII but `"`, `'` and `\`. */
const ARGUMENT = /\d(?:='[!#-&(-[\]-~]*')?/.source;
const ARGUMENTS = new RegExp(`^${ARGUMENT}(?:,${ARGUMENT})*$`);

/** The longest list that is sent or taken. */
export const ARGUMENTS_LENGTH_MAX = 1_024;

/** Whether the text is such a list; the empty text, no arguments, is one. */
export function isArgumentList(text: string): boolean {
  if (text === '') return true;
  if (text.length > ARGUMENTS_LENGTH_MAX || !ARGUMENTS.test(text)) return false;
  const digits = text.replace(/='[^']*'/g, '').split(',');
  return new Set(digits).size === digits.length;
}
