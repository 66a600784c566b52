// How likely chance alone sets two sets of runs so far apart: Welch's t-test, which takes each
// side's own spread and has degrees of freedom for few runs, and Holm's correction, since of many
// figures some differ by chance.

/** Of so many comparisons of like with like, one share in all lists a figure or more. */
const ERRORS_AT_MOST = 0.05;
/** Fractions that a double tells apart, and far more steps than one of them takes. */
const PRECISION = 1e-15;
const STEPS_MAX = 10_000;
const TINY = 1e-300;

/** The probability of a difference as large as this, or larger, if the sides are alike. */
export function chanceOf(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  if (meanA === meanB) return 1;
  const [ofA, ofB] = [variance(a, meanA) / a.length, variance(b, meanB) / b.length];
  if (ofA + ofB === 0) return chanceOfConstants(a.length, b.length);
  const t = (meanA - meanB) / Math.sqrt(ofA + ofB);
  // B. L. Welch, Biometrika 34 (1947); the degrees of freedom after Satterthwaite.
  const freedom = (ofA + ofB) ** 2
    / (ofA ** 2 / (a.length - 1) + ofB ** 2 / (b.length - 1));
  return chanceOfT(t, freedom);
}

/**
 * Which of these many are no chance (S. Holm, Scandinavian Journal of Statistics 6, 1979). What is
 * equal on both sides can be listed by no chance, and so costs the others nothing.
 */
export function noChance(chances: readonly number[]): boolean[] {
  const order = [...chances.keys()].filter((index) => (chances[index] ?? 1) < 1)
    .sort((one, other) => (chances[one] ?? 1) - (chances[other] ?? 1));
  const failing = order.findIndex((index, rank) => (
    (chances[index] ?? 1) > ERRORS_AT_MOST / (order.length - rank)));
  const listed = new Set(failing === -1 ? order : order.slice(0, failing));
  return chances.map((_, index) => listed.has(index));
}

/** Of Student's t, either way (NIST DLMF 8.17 with Abramowitz and Stegun 26.5.27). */
export function chanceOfT(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/**
 * Two values that were always the same tell no spread. Whatever chance draws, with n and m runs it
 * makes each side constant and them unlike no more often than at the best odds of n to m.
 */
function chanceOfConstants(n: number, m: number): number {
  const all = n + m;
  return 2 * (n / all) ** n * (m / all) ** m;
}

/** Regularised: from 0 to 1. The fraction converges fast on the near side of its middle. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return Math.exp(front) / a / betaFraction(x, a, b);
}

/** NIST DLMF 8.17.22, by the modified method of Lentz: from the front, until nothing changes. */
function betaFraction(x: number, a: number, b: number): number {
  let [value, c, d] = [1, 1, 0];
  for (let step = 1; step < STEPS_MAX; step++) {
    const m = step >> 1;
    const part = step % 2 === 0
      ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + part * d);
    c = away(1 + part / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return value;
}

function away(fromZero: number): number {
  return Math.abs(fromZero) < TINY ? TINY : fromZero;
}

/** Stirling's series (NIST DLMF 5.11.1), exact to a double from 15 on; below by recurrence. */
function logGamma(z: number): number {
  if (z < 15) return logGamma(z + 1) - Math.log(z);
  const square = z * z;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[], middle: number): number {
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return squares / (values.length - 1);
}
