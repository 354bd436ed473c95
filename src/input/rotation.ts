/** Which files are parts of one log: log rotation renames and compresses, and leaves traces of that in the name. */

export interface Rotation {
  /** The name without what rotation and compression added: the same for all parts of one log. */
  readonly group: string;
  /** Sorts the parts of a group, oldest first. */
  readonly age: string;
}

const compression = /\.(?:gz|gzip|bz2|xz|zst|zstd|lz4|lzma|br|zip|z)$/i;

/** `20260302`, `2026-03-02`, `2026-03-02T09-30-00.123`, `2026030209`, then perhaps a counter; an IPv4 address behind it is no time. */
const date =
  /(^|[-_.])((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\3(0[1-9]|[12]\d|3[01])(?:(?![-_.]\d{1,3}(?:\.\d{1,3}){3}(?!\d))(?:[-_.T]?([01]\d|2[0-3])(?:[-_.:]?([0-5]\d)(?:[-_.:]?([0-5]\d)(?:[.,]?\d{1,9})?)?)?(?:Z|[+-]\d{4})?)?(?:[-_.](\d{1,10}))?)?(?=$|[-_.])/;

/** IIS: `u_ex260302.log`, hourly `u_ex26030209.log`. */
const iisDate = /(^|_)ex(\d{6}(?:\d{2})?)(?=[._]|$)/i;

/** `access.log.3`, but not `gateway-10.0.0.3`. */
const counter = /^(.*[^\d.])\.(\d{1,4})$/;

const NOT_ROTATED = '2';

export const rotationOf = (name: string): Rotation => {
  const slash = name.lastIndexOf('/') + 1;
  const folder = name.slice(0, slash);
  let base = name.slice(slash);
  base = base.replace(compression, '') || base;

  let age = '';
  const dated = date.exec(base);
  const iis = dated ? null : iisDate.exec(base);
  if (dated) {
    const [match, before, year, , month, day, hour = '00', minute = '00', second = '00', count = ''] = dated;
    age = `0${year}${month}${day}${hour}${minute}${second}${count.padStart(10, '0')}`;
    const rest = base.slice(dated.index + match.length);
    base = (before === '' && dated.index === 0 ? rest.slice(1) : base.slice(0, dated.index) + rest) || base;
  } else if (iis) {
    age = `0${iis[2]}`;
    base = base.replace(iisDate, '$1ex');
  }

  const old = base.endsWith('.old') && base.length > 4;
  const counted = old ? [base, base.slice(0, -4), '1'] : counter.exec(base);
  if (counted) {
    base = counted[1]!;
    // A higher number is an older part.
    age = `${age || '1'}${String(9999 - Number(counted[2])).padStart(4, '0')}`;
  }
  return { group: folder + base, age: age || NOT_ROTATED };
};
