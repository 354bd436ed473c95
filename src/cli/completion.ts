/** Completion scripts, made from the commands and their options. They hold all words: nothing is run or fetched while one types. */
import type { CommandTree, OptionEntry } from './command-tree.js';

export const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const;
export type Shell = (typeof shells)[number];

export interface Words {
  readonly tree: readonly CommandTree[];
  readonly formats: readonly string[];
  readonly codes: readonly string[];
}

/** Words for the value of an option. */
const valuesOf = ({ names, choices }: OptionEntry, { formats, codes }: Words): readonly string[] => {
  if (choices.length > 0) return choices;
  if (names.includes('--log-format')) return formats;
  return names.includes('--fail-on') || names.includes('--cause') ? codes : [];
};

/** Words that a command takes besides its options. */
const operandsOf = ({ name, commands }: CommandTree, { tree, codes }: Words): readonly string[] => {
  if (commands.length > 0) return commands.map((sub) => sub.name);
  if (name === 'explain') return codes;
  if (name === 'help') return tree.map((each) => each.name);
  return name === 'completion' ? shells : [];
};

const optionWords = ({ options, commands }: CommandTree): readonly string[] => [
  ...new Set([...options, ...commands.flatMap((sub) => sub.options)].flatMap(({ names }) => names)),
];

interface Row {
  readonly command: string;
  readonly option: string;
  readonly values: readonly string[];
}

const valueRows = (words: Words): Row[] =>
  words.tree.flatMap((command) =>
    [...command.options, ...command.commands.flatMap((sub) => sub.options)].flatMap((option) => {
      const values = valuesOf(option, words);
      return values.length === 0 ? [] : option.names.map((name) => ({ command: command.name, option: name, values }));
    }),
  );

const bash = (words: Words): string => {
  const { tree } = words;
  return `# bash completion for token-tax: token-tax completion bash > /etc/bash_completion.d/token-tax
_token_tax() {
  local cur prev cmd
  COMPREPLY=()
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD-1]}
  cmd=\${COMP_WORDS[1]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${tree.map(({ name }) => name).join(' ')} --help --version" -- "$cur"))
    return
  fi
  case "$cmd $prev" in
${valueRows(words)
  .map(
    ({ command, option, values }) =>
      `    '${command} ${option}') COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur")); return ;;`,
  )
  .join('\n')}
  esac
  case "$cur" in
    -*)
      case "$cmd" in
${tree.map((command) => `        ${command.name}) COMPREPLY=($(compgen -W "${[...optionWords(command), '--help'].join(' ')}" -- "$cur")) ;;`).join('\n')}
      esac
      return ;;
  esac
  case "$cmd" in
${tree
  .flatMap((command) => {
    const operands = operandsOf(command, words);
    return operands.length === 0
      ? []
      : [`    ${command.name}) COMPREPLY=($(compgen -W "${operands.join(' ')}" -- "$cur")); return ;;`];
  })
  .join('\n')}
  esac
  COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o filenames -F _token_tax token-tax
`;
};

/** In single quotes of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** A description in a list of zsh: a colon would end it. */
const zshItem = (name: string, text: string): string => quoted(`${name.replaceAll(':', '\\:')}:${text.replaceAll(':', '\\:')}`);

const zsh = (words: Words): string => {
  const { tree } = words;
  return `#compdef token-tax
# zsh completion for token-tax: token-tax completion zsh > "\${fpath[1]}/_token-tax"
_token_tax() {
  local -a list
  local cmd=\${words[2]} prev=\${words[CURRENT-1]}
  if (( CURRENT == 2 )); then
    list=(${tree.map(({ name, summary }) => zshItem(name, summary)).join(' ')})
    _describe command list
    return
  fi
  case "$cmd $prev" in
${valueRows(words)
  .map(
    ({ command, option, values }) =>
      `    ${quoted(`${command} ${option}`)}) compadd -- ${values.map(quoted).join(' ')}; return ;;`,
  )
  .join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case "$cmd" in
${tree
  .map(
    (command) =>
      `      ${command.name}) list=(${[...command.options, ...command.commands.flatMap((sub) => sub.options)]
        .flatMap(({ names, description }) => names.map((name) => zshItem(name, description)))
        .join(' ')}) ;;`,
  )
  .join('\n')}
    esac
    _describe option list
    return
  fi
  case "$cmd" in
${tree
  .flatMap((command) => {
    const operands = operandsOf(command, words);
    return operands.length === 0 ? [] : [`    ${command.name}) compadd -- ${operands.map(quoted).join(' ')}; return ;;`];
  })
  .join('\n')}
  esac
  _files
}
if [ "$funcstack[1]" = "_token-tax" ]; then _token_tax "$@"; else compdef _token_tax token-tax; fi
`;
};

const fish = (words: Words): string => {
  const { tree } = words;
  const lines = tree.flatMap((command) => {
    const seen = `-n '__fish_seen_subcommand_from ${command.name}'`;
    const operands = operandsOf(command, words);
    return [
      `complete -c token-tax -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
      ...(operands.length === 0 ? [] : [`complete -c token-tax ${seen} -f -a ${quoted(operands.join(' '))}`]),
      ...[...command.options, ...command.commands.flatMap((sub) => sub.options)].map((option) => {
        const values = valuesOf(option, words);
        const names = option.names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
        const takes = option.argument === null ? '' : values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : ' -r';
        return `complete -c token-tax ${seen} ${names.join(' ')}${takes} -d ${quoted(option.description)}`;
      }),
    ];
  });
  return [
    '# fish completion for token-tax: token-tax completion fish > ~/.config/fish/completions/token-tax.fish',
    ...lines,
    '',
  ].join('\n');
};

const single = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const pwsh = (words: Words): string => {
  const { tree } = words;
  const list = (all: readonly string[]): string => `@(${all.map(single).join(', ')})`;
  return `# PowerShell completion for token-tax: token-tax completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName token-tax -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = ${list(tree.map(({ name }) => name))}
  $options = @{
${tree.map((command) => `    ${single(command.name)} = ${list([...optionWords(command), '--help'])}`).join('\n')}
  }
  $values = @{
${valueRows(words)
  .map(({ command, option, values }) => `    ${single(`${command} ${option}`)} = ${list(values)}`)
  .join('\n')}
  }
  $operands = @{
${tree
  .flatMap((command) => {
    const operands = operandsOf(command, words);
    return operands.length === 0 ? [] : [`    ${single(command.name)} = ${list(operands)}`];
  })
  .join('\n')}
  }
  $elements = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $position = if ($wordToComplete -eq '') { $elements.Count } else { $elements.Count - 1 }
  if ($position -le 1) { $words = $commands }
  else {
    $command = $elements[1]
    $previous = $elements[$position - 1]
    if ($values.ContainsKey("$command $previous")) { $words = $values["$command $previous"] }
    elseif ($wordToComplete.StartsWith('-')) { $words = $options[$command] }
    else { $words = $operands[$command] }
  }
  $words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
};

const writers: Readonly<Record<Shell, (words: Words) => string>> = { bash, zsh, fish, pwsh };

export const completionScript = (shell: Shell, words: Words): string => writers[shell](words);
