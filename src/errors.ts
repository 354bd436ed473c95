/** Every failure a user can act on: its id, the exit status it leads to and what to try next. One table, one voice. */
const catalogue = {
  USAGE: { exit: 2, hint: 'Run `token-tax help` to see the commands and options.' },
  UNKNOWN_FORMAT: { exit: 2, hint: 'Run `token-tax formats list` to see the formats it can read.' },
  FORMAT_MISMATCH: { exit: 2, hint: 'Drop --log-format to let token-tax look for a format that fits.' },
  BAD_TEMPLATE: { exit: 2, hint: 'Paste the log_format string between single quotes, with its $variables.' },
  BAD_OPTION: { exit: 2, hint: 'Run `token-tax help analyze` for the form of each option.' },
  BAD_CONFIG: { exit: 2, hint: '`token-tax schema --config` prints all that a configuration may say.' },
  BAD_PRICES: { exit: 2, hint: 'The form of a price list, with an example, is in docs/cost.md.' },
  BAD_BASELINE: { exit: 2, hint: 'Write a new one with `token-tax check logs/ --baseline FILE --update-baseline`.' },
  BAD_RESULT: { exit: 2, hint: 'Write one with `token-tax analyze logs/ --output json=result.json`.' },
  NO_INPUT: { exit: 2, hint: 'Name a log file, a folder, a glob in quotes, or - for standard input.' },
  UNREADABLE_INPUT: { exit: 3, hint: 'Check that the file exists and that you may read it.' },
  TRUNCATED_INPUT: { exit: 3, hint: 'Copy the archive again; the whole lines before the break were read.' },
  CORRUPT_INPUT: { exit: 3, hint: 'Test the archive with `gzip -t`.' },
  UNSUPPORTED_COMPRESSION: { exit: 3, hint: 'Decompress the file first, or pipe it in with - .' },
  DECOMPRESSION_LIMIT: { exit: 3, hint: 'Decompress the file yourself if you trust it, and name the result.' },
  NO_FORMAT_FITS: {
    exit: 3,
    hint: "Name the format with --log-format ID, paste the gateway's log_format string, or map JSON fields with --map.",
  },
  TARGET_REFUSED: { exit: 2, hint: 'Use a target on this machine or in a private network, or name it with --allow-host.' },
  TARGET_UNREACHABLE: { exit: 3, hint: 'Check that the target runs and that its address is right.' },
  TOKEN_REFUSED: { exit: 3, hint: 'Check the address of the token endpoint and the client id and secret.' },
  UNWRITABLE_OUTPUT: { exit: 3, hint: 'Check that the folder exists, that you may write to it and that the disk is not full.' },
  INTERNAL: { exit: 3, hint: 'This is a bug in token-tax: run again with --debug and report what it prints.' },
} as const satisfies Record<string, { exit: number; hint: string }>;

export type ErrorCode = keyof typeof catalogue;

/** Where in an input something is wrong. Text is already redacted and free of control characters. */
export interface ErrorPlace {
  readonly file: string;
  /** 1-based; absent when the file as a whole is meant. */
  readonly line?: number;
  /** The excerpt that is shown under the message. */
  readonly text?: string;
  /** 0-based column of the caret in `text`. */
  readonly column?: number;
  /** How many characters are marked; 1 if not given. */
  readonly length?: number;
  /** What stands behind the caret, such as `expected "["`. */
  readonly expected?: string;
}

export interface ErrorDetails extends ErrorOptions {
  readonly place?: ErrorPlace;
  readonly why?: string;
  /** More mistakes of the same kind, so that all are seen at once. */
  readonly also?: readonly TokenTaxError[];
  /** Replaces the hint of the catalogue where more is known. */
  readonly help?: string;
}

/** A failure the user can act on. Anything else is a bug, and keeps its stack trace. */
export class TokenTaxError extends Error {
  override readonly name = 'TokenTaxError';
  readonly code: ErrorCode;
  /** What programs match on, such as `E_FORMAT_MISMATCH`. */
  readonly id: string;
  readonly exit: number;
  readonly help: string;
  readonly why: string | undefined;
  readonly place: ErrorPlace | undefined;
  readonly also: readonly TokenTaxError[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.code = code;
    this.id = `E_${code}`;
    this.exit = catalogue[code].exit;
    this.help = details.help ?? catalogue[code].hint;
    this.why = details.why;
    this.place = details.place;
    this.also = details.also ?? [];
  }
}
