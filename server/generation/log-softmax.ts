/** Logarithms of the probabilities that logits stand for, in float64. */
export function logSoftmax(logits: Float32Array | Float64Array): Float64Array {
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - top);
  const total = Math.log(sum) + top;
  const result = new Float64Array(logits);
  for (let i = 0; i < result.length; i++) result[i]! -= total;
  return result;
}
