/** Logs that real servers have written of requests that are known byte by byte: what is read is what was sent and seen. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { differences } from './support/server-captures.js';

const servers = ['nginx', 'apache', 'haproxy', 'squid', 'varnish', 'caddy'];

test.each(servers)('%s: each request is read as it was sent and answered', async (server) => {
  expect(await differences(`fixtures/servers/${server}`, server)).toEqual([]);
});

test.each(servers)('%s: the capture holds no secret that the driver has sent, in plain or as Basic credentials', (server) => {
  const { listeners } = JSON.parse(readFileSync(`fixtures/servers/${server}/seen.json`, 'utf8'));
  for (const { file } of listeners.flatMap(({ logs }: { logs: { file: string }[] }) => logs)) {
    expect(readFileSync(`fixtures/servers/${server}/${file}`, 'latin1')).not.toMatch(/must-not-show|b3JkZXJzLWd3/);
  }
});
