/** As much of JSON Schema as our own schema uses; a word it does not know is an error, so that nothing passes by being ignored. */
export interface Schema {
  readonly [word: string]: unknown;
}

const annotations = new Set(['$schema', '$id', '$defs', 'title', 'description', 'format']);

const typeOf = (data: unknown): string => (data === null ? 'null' : Array.isArray(data) ? 'array' : typeof data);

const isA = (data: unknown, type: string): boolean => (type === 'integer' ? Number.isInteger(data) : typeOf(data) === type);

const checks: Record<string, (expected: never, data: never, schema: Schema, root: Schema, at: string) => string[]> = {
  $ref: (ref: string, data, _schema, root, at) =>
    validate(
      ref
        .slice(2)
        .split('/')
        .reduce((node, name) => node[name] as Schema, root),
      data,
      root,
      at,
    ),
  type: (type: string | string[], data, _schema, _root, at) =>
    [type].flat().some((one) => isA(data, one)) ? [] : [`${at}: ${typeOf(data)} is not ${String(type)}`],
  const: (value, data, _schema, _root, at) => (data === value ? [] : [`${at}: not ${String(value)}`]),
  enum: (values: unknown[], data, _schema, _root, at) =>
    values.includes(data) ? [] : [`${at}: not one of ${values.join(', ')}`],
  minimum: (least: number, data: number, _schema, _root, at) =>
    typeof data !== 'number' || data >= least ? [] : [`${at}: ${data} < ${least}`],
  maximum: (most: number, data: number, _schema, _root, at) =>
    typeof data !== 'number' || data <= most ? [] : [`${at}: ${data} > ${most}`],
  maxItems: (most: number, data: unknown[], _schema, _root, at) =>
    !Array.isArray(data) || data.length <= most ? [] : [`${at}: too long`],
  pattern: (pattern: string, data: string, _schema, _root, at) =>
    typeof data !== 'string' || new RegExp(pattern, 'u').test(data) ? [] : [`${at}: ${data} does not match`],
  required: (names: string[], data: object, _schema, _root, at) =>
    isA(data, 'object') ? names.filter((name) => !(name in data)).map((name) => `${at}.${name}: missing`) : [],
  properties: (properties: Record<string, Schema>, data: Record<string, unknown>, _schema, root, at) =>
    isA(data, 'object')
      ? Object.entries(properties).flatMap(([name, schema]) =>
          name in data ? validate(schema, data[name], root, `${at}.${name}`) : [],
        )
      : [],
  additionalProperties: (rest: false | Schema, data: Record<string, unknown>, schema, root, at) => {
    const more = isA(data, 'object')
      ? Object.keys(data).filter((name) => !(name in ((schema.properties as object | undefined) ?? {})))
      : [];
    return more.flatMap((name) =>
      rest === false ? [`${at}.${name}: not known`] : validate(rest, data[name], root, `${at}.${name}`),
    );
  },
  propertyNames: (schema: Schema, data: object, _schema, root, at) =>
    isA(data, 'object') ? Object.keys(data).flatMap((name) => validate(schema, name, root, `${at} name`)) : [],
  items: (schema: Schema, data: unknown[], _schema, root, at) =>
    Array.isArray(data) ? data.flatMap((item, index) => validate(schema, item, root, `${at}[${index}]`)) : [],
  anyOf: (schemas: Schema[], data, _schema, root, at) =>
    schemas.some((schema) => validate(schema, data, root, at).length === 0) ? [] : [`${at}: fits none of ${schemas.length}`],
  not: (schema: Schema, data, _schema, root, at) => (validate(schema, data, root, at).length > 0 ? [] : [`${at}: not allowed`]),
};

/** What is wrong, each with its place. */
export const validate = (schema: Schema, data: unknown, root: Schema = schema, at = '$'): string[] =>
  Object.entries(schema).flatMap(([word, expected]) => {
    if (annotations.has(word)) return [];
    const check = checks[word];
    if (check === undefined) throw new Error(`the validator does not know "${word}"`);
    return check(expected as never, data as never, schema, root, at);
  });
