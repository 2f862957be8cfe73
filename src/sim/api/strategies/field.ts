/** Reads a field for a selector as text; '' where the object has none. */
export const field =
  (...path: readonly string[]) =>
  (object: object): string => {
    let value: unknown = object;
    for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name];
    return value === undefined || value === null ? '' : String(value);
  };
