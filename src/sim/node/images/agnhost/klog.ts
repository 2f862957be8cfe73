/** A line as klog writes it. */
export function klogLine(ms: number, severity: 'I' | 'F', place: string, text: string): string {
  const time = new Date(Math.floor(ms)).toISOString();
  return `${severity}${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000       1 ${place}] ${text}\n`;
}
