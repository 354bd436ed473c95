import { Argument, Command } from 'commander';
import { commandPage } from '../help-page.js';
import { print } from '../io.js';
import type { Context } from './index.js';

const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const;

export const command = (context: Context): Command =>
  new Command('completion')
    .description('a completion script for your shell')
    .addArgument(new Argument('<shell>', 'bash, zsh, fish, pwsh').choices(shells))
    .configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax completion bash', 'to source in bash'],
          ['token-tax completion zsh > _token-tax', 'into a folder of $fpath'],
        ]),
    })
    .action(async (shell: (typeof shells)[number]) => {
      const [{ completionScript }, { commandTree }, { formats }, { rulePages }] = await Promise.all([
        import('../completion.js'),
        import('../command-tree.js'),
        import('../../formats/index.js'),
        import('../../report/rule-pages.generated.js'),
      ]);
      const words = {
        tree: await commandTree(context),
        formats: formats.flatMap(({ id, aliases = [] }) => [id, ...aliases]),
        codes: rulePages.map(({ code }) => code),
      };
      await print(context.io.stdout, completionScript(shell, words));
    });
