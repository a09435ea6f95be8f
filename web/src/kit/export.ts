/** What is shown, as a file. Nothing is in it that the page does not show. */
const FORMULA = /^[=+\-@\t\r]/;

/** RFC 4180; a spreadsheet must not take a text for a formula (OWASP, CSV injection). */
function csvCell(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? '').replace(/^""$/, '');
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => names.map((name) => csvCell((row as Record<string, unknown>)[name])).join(','));
  return [names.map(csvCell).join(','), ...lines, ''].join('\r\n');
}

export function saveFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
