/** The only rule that is about how a request was made, not how often: it counts requests with a credential in their address. */
export const tt118 = {
  code: 'TT118',
  title: 'credentials in the log',
  fix: 'Send credentials in the body or the Authorization header, keep queries of token requests out of the log, and change what has been logged.',
  risk: 'Whoever can read the log can get tokens: the secret has to be changed.',
} as const;
