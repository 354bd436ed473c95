/** A host as logged, lower case, without port and final dot; undefined when there is none (`-`). */
export const hostName = (host: string | undefined): string | undefined => {
  const name = host
    ?.trim()
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '');
  return name === undefined || name === '' || name === '-' ? undefined : name;
};
