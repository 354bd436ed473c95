/** What is printed where no cause is more likely than all others together. */
export const tt199 = {
  code: 'TT199',
  title: 'not decided',
  fix: 'Add what would decide to the log, or give it by an option, and analyse again.',
  risk: null,
} as const;
