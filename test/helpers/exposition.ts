/** Prometheus' text format as a map: `name{label="value"}` to its figure. @throws Error for a line that is none of it. */
export function readExposition(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !/^# (HELP|TYPE) [a-zA-Z_:][\w:]* /.test(line));
  return new Map(lines.map((line) => {
    const [, series, value] = /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})?) ([-+]?(?:[0-9.]+(?:e[-+]?[0-9]+)?|Inf)|Nan)$/i.exec(line) ?? [];
    if (series === undefined || value === undefined) throw new Error(`this is no line of metrics: ${line}`);
    return [series, Number(value.replace(/\+?Inf/i, 'Infinity'))];
  }));
}

/** All values of a label, whatever the metric. */
export function listLabelValues(series: Iterable<string>): string[] {
  return [...new Set([...series].flatMap((one) => [...one.matchAll(/="((?:[^"\\]|\\.)*)"/g)].map(([, value = '']) => value)))];
}
