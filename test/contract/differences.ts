export const known: Readonly<Record<string, Readonly<Record<string, string>>>> = {};
