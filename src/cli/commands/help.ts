import { Command } from 'commander';
import { TokenTaxError } from '../../errors.js';
import { commandPage, mainPage } from '../help-page.js';
import { print } from '../io.js';
import { unknownCommand } from '../usage.js';
import { type Context, commands } from './index.js';

export const command = (context: Context): Command =>
  new Command('help')
    .description('the help page, or the options of one command')
    .argument('[command]')
    .argument('[subcommand]')
    .configureHelp({ formatHelp: (self) => commandPage(self, [['token-tax help analyze', 'the options of analyze']]) })
    .action(async (name: string | undefined, sub: string | undefined) => {
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
