/** One line of a plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** An axis: what it shows, and whether each step multiplies. */
export interface Axis {
  readonly label: string;
  readonly log?: boolean;
}

/** A plot of lines. */
export interface Plot {
  readonly title: string;
  /** A line below it: where the figures come from. */
  readonly note: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const [WIDTH, HEIGHT] = [760, 420];
const FRAME = { left: 70, right: 190, top: 40, bottom: 70 };
/** Told apart by people who see colours differently, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];
const TICKS = 6;

interface Scale {
  readonly ticks: readonly number[];
  /** The share of the axis, 0 to 1. */
  at(value: number): number;
}

function createScale(values: readonly number[], log = false): Scale {
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const [low, high] = [log ? Math.min(...usable) : Math.min(0, ...usable), Math.max(...usable)];
  if (log) {
    const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high + Number.EPSILON))];
    const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
    return { ticks, at: (value) => (Math.log10(value) - from) / Math.max(to - from, 1) };
  }
  const step = findStep((high - low) / TICKS || 1);
  const ticks = Array.from({ length: Math.ceil((high - low) / step) + 1 }, (_, index) => low + index * step);
  const end = ticks.at(-1) ?? 1;
  return { ticks, at: (value) => (value - low) / (end - low || 1) };
}

/** The next of 1, 2, 5, 10 … */
function findStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const short = (value: number): string => (value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(0) : String(Number(value.toPrecision(4))));

/** An SVG of lines, readable on light and dark pages: it brings its own background. */
export function drawPlot({ title, note, x, y, series }: Plot): string {
  const [xs, ys] = [0, 1].map((pick) => series.flatMap(({ points }) => points.map((point) => point[pick] ?? 0)));
  const [across, up] = [createScale(xs ?? [], x.log), createScale(ys ?? [], y.log)];
  const [width, height] = [WIDTH - FRAME.left - FRAME.right, HEIGHT - FRAME.top - FRAME.bottom];
  const px = (value: number) => (FRAME.left + across.at(value) * width).toFixed(1);
  const py = (value: number) => (FRAME.top + (1 - up.at(value)) * height).toFixed(1);
  const text = (at: string, words: string) => `<text ${at}>${escape(words)}</text>`;
  const grid = [
    ...across.ticks.map((tick) => `<path class="grid" d="M${px(tick)} ${FRAME.top}v${height}"/>${text(`x="${px(tick)}" y="${HEIGHT - FRAME.bottom + 18}" text-anchor="middle"`, short(tick))}`),
    ...up.ticks.map((tick) => `<path class="grid" d="M${FRAME.left} ${py(tick)}h${width}"/>${text(`x="${FRAME.left - 8}" y="${Number(py(tick)) + 4}" text-anchor="end"`, short(tick))}`),
  ];
  const lines = series.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '';
    const path = points.map(([a, b], nth) => `${nth === 0 ? 'M' : 'L'}${px(a)} ${py(b)}`).join('');
    const at = `x="${WIDTH - FRAME.right + 38}" y="${FRAME.top + 14 + index * 20}"`;
    return `<path class="line" stroke="${colour}" d="${path}"/><path class="line" stroke="${colour}" d="M${WIDTH - FRAME.right + 12} ${FRAME.top + 10 + index * 20}h20"/>${text(at, name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<style>.grid{stroke:#ddd}.line{fill:none;stroke-width:2}text{fill:#222}</style><rect width="100%" height="100%" fill="#fff"/>',
    text(`x="${FRAME.left}" y="24" font-size="15"`, title), ...grid, ...lines,
    text(`x="${FRAME.left + width / 2}" y="${HEIGHT - FRAME.bottom + 38}" text-anchor="middle"`, x.label),
    text(`transform="translate(16 ${FRAME.top + height / 2}) rotate(-90)" text-anchor="middle"`, y.label),
    text(`x="${FRAME.left}" y="${HEIGHT - 10}" font-size="10"`, note), '</svg>', '',
  ].join('\n');
}
