interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names that stand for `least`, `least + 1`, …. */
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** As Kubernetes reads a schedule. */
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of the week', least: 0, most: 6, words: DAYS },
];

/** What is wrong with a cron expression of five fields, in words that follow it; undefined: nothing. */
export function cronProblem(expression: string): string | undefined {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `has ${parts.length} fields; a cron expression has five: ${FIELDS.map(({ name }) => name).join(', ')}`;
  const wrong = FIELDS.flatMap((field, index) => (isValid(parts[index] ?? '', field) ? [] : [{ part: parts[index], field }]));
  if (wrong.length === 0) return undefined;
  return wrong.map(({ part, field }) => `has the ${field.name} ${JSON.stringify(part)}; write * or ${field.least} to ${field.most}, ranges and steps included`).join(', and ');
}

/** `*`, a step after a slash, `1-5`, `10-50/10`, `mon-fri`, and lists of these. */
function isValid(text: string, field: Field): boolean {
  return text.split(',').every((item) => {
    const [range = '', step, ...more] = item.split('/');
    const isStep = step === undefined || (/^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= field.most);
    return more.length === 0 && isStep && isRange(range, field);
  });
}

function isRange(text: string, field: Field): boolean {
  if (text === '*') return true;
  const ends = text.split('-').map((end) => numberOf(end, field));
  const [from = Number.NaN, to = from] = ends;
  return ends.length <= 2 && from >= field.least && to <= field.most && from <= to;
}

function numberOf(text: string, { least, words }: Field): number {
  const word = words.indexOf(text.toLowerCase());
  if (word >= 0) return least + word;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
