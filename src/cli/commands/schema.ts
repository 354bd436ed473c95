import { Command } from 'commander';
import { commandPage } from '../help-page.js';
import { print } from '../io.js';
import type { Context } from './index.js';

export const command = ({ io }: Context): Command =>
  new Command('schema')
    .description('the JSON Schema of the result that `analyze --format json` prints')
    .option('--config', 'that of the configuration')
    .configureHelp({
      formatHelp: (self) =>
        commandPage(self, [
          ['token-tax schema > result-1.json', 'keep it beside your code'],
          ['token-tax schema --config', 'what token-tax.config.json may say'],
        ]),
    })
    .action(async (flags: { readonly config?: boolean }) => {
      if (flags.config === true) {
        const { configJsonSchema } = await import('../../config/schema.js');
        await print(io.stdout, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
        return;
      }
      const { resultJsonSchema } = await import('../../report/options.schema.js');
      await print(io.stdout, `${JSON.stringify(resultJsonSchema(), undefined, 2)}\n`);
    });
