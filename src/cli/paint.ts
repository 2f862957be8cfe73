const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** The text in one of the terminal's own colours, or as it is where colour is off. */
export const paint = (text: string, colour: keyof typeof codes, on: boolean): string =>
  on ? `\u001B[${codes[colour]}m${text}\u001B[0m` : text;
