/** The commands, in the order of the help page. Each is loaded when it is run. */
import type { Command } from 'commander';
import type { Analysis } from '../../analysis/result.js';
import type { AnalyzeOptions } from '../../pipeline.js';
import type { Io } from '../io.js';

export interface Context {
  readonly io: Io;
  /** What was typed after the name of the command. */
  readonly args: readonly string[];
  readonly version: string;
  readonly analyze: (options: AnalyzeOptions) => Promise<Analysis>;
  /** Says how the process is to end; 0 if it is not called. */
  readonly end: (status: number) => void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: (context: Context) => Command }>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'analyze',
    summary: 'which token fetches were redundant, by whom, at what cost',
    load: () => import('./analyze.js'),
  },
  { name: 'check', summary: 'the same, held against budgets, for pipelines', load: () => import('./check.js') },
  { name: 'simulate', summary: 'the same traffic under other caching policies', load: () => import('./simulate.js') },
  { name: 'idp', summary: 'a recording identity provider: stand-in or proxy', load: () => import('./idp.js') },
  { name: 'loopback', summary: 'the remedy on trial: a cache of token responses', load: () => import('./loopback.js') },
  { name: 'export', summary: 'every request as read, for SQL and notebooks', load: () => import('./export.js') },
  { name: 'explain', summary: 'a cause (TT101), or any figure of a saved result', load: () => import('./explain.js') },
  { name: 'fix', summary: 'what to configure at your gateway, and what it saves', load: () => import('./fix.js') },
  { name: 'compare', summary: 'two logs or two results: better, same, worse?', load: () => import('./compare.js') },
  { name: 'render', summary: 'a saved result as md, csv, sarif, junit and more', load: () => import('./render.js') },
  { name: 'generate', summary: 'logs with the truth about them, to try things out', load: () => import('./generate.js') },
  { name: 'formats', summary: 'list, show and test log formats', load: () => import('./formats.js') },
  { name: 'replay', summary: 'the traffic of logs again, on a gateway of yours', load: () => import('./replay.js') },
  { name: 'watch', summary: 'the last hour of logs that are being written', load: () => import('./watch.js') },
  { name: 'demo', summary: 'ten seconds, no network: the tax found, fixed, counted again', load: () => import('./demo.js') },
  { name: 'init', summary: 'write a configuration with budgets from a log', load: () => import('./init.js') },
  { name: 'config', summary: 'what is configured, and where it comes from', load: () => import('./config.js') },
  { name: 'schema', summary: 'the JSON Schema of the result', load: () => import('./schema.js') },
  { name: 'doctor', summary: 'checks this machine, the configuration, your logs', load: () => import('./doctor.js') },
  { name: 'completion', summary: 'a completion script for your shell', load: () => import('./completion.js') },
  { name: 'help', summary: 'this page, or the options of one command', load: () => import('./help.js') },
];
