/** The log that the demo replays: the same in every run. Three services, each with its own client at the provider. */
import { seeded } from '../../replay/random.js';

const paths = ['/orders/', '/orders/', '/orders/', '/stock/', '/stock/', '/billing/'] as const;
export const SERVICES = 3;

/** Lines as nginx writes them as JSON. @param perSecond on average, times between two requests are exponential */
export const demoLog = (requests: number, perSecond: number): string => {
  const random = seeded(20260302);
  let ms = Date.UTC(2026, 2, 2, 10);
  let lines = '';
  for (let index = 0; index < requests; index += 1) {
    ms += Math.min(200, (-Math.log(1 - random()) * 1000) / perSecond);
    const path = paths[Math.floor(random() * paths.length)]! + (100 + Math.floor(random() * 900));
    const user = `app-${1 + Math.floor(random() * 8)}`;
    lines += `${JSON.stringify({
      time: new Date(Math.round(ms)).toISOString(),
      remote_addr: '192.0.2.10',
      remote_user: user,
      request_method: 'GET',
      request_uri: path,
      status: 200,
      request_time: 0.001,
    })}\n`;
  }
  return lines;
};
