export const target: string;
export function htmlScript(): Promise<string>;
