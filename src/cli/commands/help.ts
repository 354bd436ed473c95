import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { commandPage, mainPage } from '../help-page.js';
import { print } from '../io.js';
import { unknownCommand } from '../usage.js';
import { type Context, commands } from './index.js';

const wholeJson = async (context: Context): Promise<string> => {
  const [{ commandTree, exitStatuses }, { formats }, { rulePages }] = await Promise.all([
    import('../command-tree.js'),
    import('../../formats/index.js'),
    import('../../report/rule-pages.generated.js'),
  ]);
  const whole = {
    name: 'token-tax',
    version: context.version,
    commands: await commandTree(context),
    exitStatuses,
    formats: formats.map(({ id, title, aliases = [] }) => ({ id, title, aliases })),
    causes: rulePages.map(({ code, title }) => ({ code, title })),
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
};

export const command = (context: Context): Command =>
  new Command('help')
    .description('the help page, or the options of one command')
    .argument('[command]')
    .argument('[subcommand]')
    .option('--json', 'all commands, options, exit statuses, formats and causes, for programs')
    .configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax help analyze', 'the options of analyze'],
          ['token-tax help --json', 'the whole command line as data'],
        ]),
    })
    .action(async (name: string | undefined, sub: string | undefined, { json }: { readonly json?: boolean }) => {
      if (json === true) return await print(context.io.stdout, await wholeJson(context));
      if (name === undefined) return await print(context.io.stdout, mainPage(commands));
      const entry = commands.find((each) => each.name === name);
      if (entry === undefined) throw unknownCommand(name, commands);
      const { command: load } = await entry.load();
      const whole = load(context);
      const command = sub === undefined ? whole : whole.commands.find((each) => each.name() === sub);
      if (command === undefined)
        throw new TokenTaxError('USAGE', `unknown command "${name} ${sub}"`, { help: `token-tax help ${name}` });
      await print(context.io.stdout, command.helpInformation());
    });
