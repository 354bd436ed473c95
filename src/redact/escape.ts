/**
 * What a terminal would act on or not show: C0 and C1 controls, DEL, soft hyphen, bidirectional and zero-width controls, line and
 * paragraph separators, annotations, tags, and surrogates without their other half.
 */
const unseen =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const visible = (char: string): string => {
  const code = char.codePointAt(0)!;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
};

/** Text that is safe to print: each control becomes a visible `\xHH` or `\u{...}`. */
export const escapeControls = (text: string): string => text.replace(unseen, visible);
