/**
 * The job of the bench in DuckDB: fields split without regular expressions, paths folded, per route count, errors, sum and quantile of the
 * time, and of each client the fetches and those within an hour of its last one.
 *
 *   node bench/peers/duckdb.mjs gateway|json FILE
 */
import { DuckDBInstance } from '@duckdb/node-api';

const [kind, file] = process.argv.slice(2);
const name = `'${file.replaceAll("'", "''")}'`;

const sources = {
  gateway: `select ip, "user", split_part(request, ' ', 1) as method, split_part(request, ' ', 2) as target, status,
      cast(substr(rt, 4) as double) as seconds, cast(strptime(substr(stamp, 2), '%d/%b/%Y:%H:%M:%S') as timestamp) as time
    from read_csv(${name}, delim = ' ', quote = '"', escape = '\\', header = false, auto_detect = false, strict_mode = false,
      null_padding = false, columns = {'ip': 'varchar', 'dash': 'varchar', 'user': 'varchar', 'stamp': 'varchar', 'zone': 'varchar',
      'request': 'varchar', 'status': 'smallint', 'bytes': 'varchar', 'referer': 'varchar', 'agent': 'varchar', 'rt': 'varchar',
      'urt': 'varchar', 'cs': 'varchar', 'rid': 'varchar'})`,
  json: `select remote_addr as ip, remote_user as "user", request_method as method, request_uri as target, status, request_time as seconds,
      cast(make_timestamp(cast(cast(msec as double) * 1000000 as bigint)) as timestamp) as time
    from read_json(${name}, format = 'newline_delimited', columns = {'msec': 'varchar', 'remote_addr': 'varchar', 'remote_user': 'varchar',
      'request_method': 'varchar', 'request_uri': 'varchar', 'status': 'smallint', 'request_time': 'double'})`,
};

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowsJS();

await connection.run(`create temp table requests as
  with split as (${sources[kind]})
  select ip, "user", method, status, seconds, time,
    regexp_replace(split_part(target, '?', 1), '/(?:[0-9]+|[0-9a-f]{24}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(/|$)', '/{id}\\1', 'g') as route
  from split`);
const [[lines]] = await rows('select count(*) from requests');
const routes = await rows(`select route, count(*), count(*) filter (status >= 500), sum(seconds), approx_quantile(seconds, 0.95)
  from requests group by route`);
const [[all, ok]] = await rows(
  `select count(*), count(*) filter (status between 200 and 299) from requests where route = '/oauth2/token'`,
);
const redundant = await rows(`select "user", count(*) filter (time - before < interval 3600 seconds) from (
  select "user", time, lag(time) over (partition by "user" order by time) as before from requests
  where route = '/oauth2/token' and status between 200 and 299) group by "user"`);
const addresses = await rows('select count(distinct ip) from requests');
process.stdout.write(
  `${JSON.stringify({ lines: Number(lines), all: Number(all), ok: Number(ok), routes: routes.length, clients: redundant.length, addresses: Number(addresses[0][0]) })}\n`,
);
