// The unit of a query's values, guessed from the metric's name and what is done to it.
// Invariant: pure; where nothing tells the unit it is empty, never a wrong one for the sake of having one.
import { tokenize, type Token } from "../editor/tokens";
import { unitOfMetric } from "../format/unit";

const COUNTING: ReadonlySet<string> = new Set(
  "count count_values group absent absent_over_time changes resets count_over_time present_over_time sgn".split(
    " ",
  ),
);
const MOMENTS: ReadonlySet<string> = new Set(["time", "timestamp"]);
const PER_SECOND: ReadonlySet<string> = new Set(["rate", "irate", "deriv"]);
const OF_VALUES: ReadonlySet<string> = new Set(["histogram_quantile", "histogram_avg"]);

export function unitOfQuery(query: string): string {
  const tokens = tokenize(query).filter((one) => one.kind !== "space" && one.kind !== "comment");
  return unitOf(query, tokens);
}

function unitOf(query: string, given: readonly Token[]): string {
  const tokens = withoutParentheses(query, given);
  const text = (token: Token): string => query.slice(token.start, token.end).toLowerCase();
  const at = lastOperator(query, tokens);
  if (at !== null) {
    const [left, right] = [tokens.slice(0, at), tokens.slice(at + 1)];
    return combined(text(tokens[at] as Token), query, left, right);
  }
  const words = tokens
    .filter((one) => one.kind === "function" || one.kind === "aggregation")
    .map(text);
  const metric = tokens.find((one) => one.kind === "metric");
  if (words.some((word) => COUNTING.has(word))) return "";
  if (words.some((word) => MOMENTS.has(word))) return "unix_s";
  if (words.includes("histogram_fraction")) return "percentunit";
  if (!metric) return "";
  const name = query.slice(metric.start, metric.end);
  if (words.some((word) => OF_VALUES.has(word))) return unitOfMetric(name);
  const isRate = words.some((word) => PER_SECOND.has(word));
  if (/_(count|bucket)$/.test(name) || words.includes("histogram_count"))
    return isRate ? "cps" : "";
  return isRate ? perSecond(name, unitOfMetric(name)) : unitOfMetric(name);
}

function perSecond(name: string, unit: string): string {
  if (unit === "bytes") return "binBps";
  if (unit !== "") return ""; // Seconds per second and the like are plain numbers.
  return /request|call/.test(name) ? "reqps" : "cps";
}

/** Where two sides meet: a share of equals, a mean of a sum and a count, else the left one. */
function combined(
  operator: string,
  query: string,
  left: readonly Token[],
  right: readonly Token[],
): string {
  const [one, other] = [unitOf(query, left), unitOf(query, right)];
  if (operator === "-" && one === "unix_s" && other === "unix_s") return "s";
  if (operator !== "/") return /^[*%^]$/.test(operator) || operator === "atan2" ? "" : one;
  const name = (of: readonly Token[]): string => {
    const metric = of.find((token) => token.kind === "metric");
    return metric ? query.slice(metric.start, metric.end) : "";
  };
  const [above, below] = [name(left), name(right)];
  if (above === "" || below === "") return "";
  if (/_sum$/.test(above) && /_(count|total)$/.test(below)) return unitOfMetric(above);
  return one === other ? "percentunit" : "";
}

/** The operator evaluated last among those outside of all brackets, as an index. */
function lastOperator(query: string, tokens: readonly Token[]): number | null {
  const strength = [
    /^(or)$/,
    /^(and|unless)$/,
    /^(==|!=|<=?|>=?)$/,
    /^[-+]$/,
    /^([*/%]|atan2)$/,
    /^\^$/,
  ];
  let [depth, found, weakest] = [0, null as number | null, strength.length];
  tokens.forEach((token, index) => {
    const text = query.slice(token.start, token.end).toLowerCase();
    if (token.kind === "bracket") depth += "([{".includes(text) ? 1 : -1;
    if (depth > 0 || index === 0 || (token.kind !== "operator" && token.kind !== "keyword")) return;
    const level = strength.findIndex((pattern) => pattern.test(text));
    if (level >= 0 && level <= weakest) [found, weakest] = [index, level];
  });
  return found;
}

function withoutParentheses(query: string, tokens: readonly Token[]): readonly Token[] {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (!first || !last || query[first.start] !== "(" || query[last.start] !== ")") return tokens;
  let depth = 0;
  const closes = tokens.findIndex((token) => {
    if (token.kind !== "bracket") return false;
    depth += "([{".includes(query[token.start] ?? "") ? 1 : -1;
    return depth === 0;
  });
  return closes === tokens.length - 1 ? withoutParentheses(query, tokens.slice(1, -1)) : tokens;
}
